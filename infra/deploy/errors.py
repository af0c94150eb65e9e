"""What keeps a stage from being deployed or taken down."""


class DeployError(Exception):
    """A sentence for the operator: what AWS refused or what is missing, and what to do about it."""
