"""What goes wrong while a package is built or tried."""


class PackagingError(Exception):
    """A sentence for whoever builds: what is missing, too large or does not start."""
