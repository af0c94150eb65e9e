"""Addresses as operators write them, and as clients want them."""


def without_version(url: str | None, *versions: str) -> str | None:
    """Return an address without the version at its end, which its client puts there itself.

    ``https://gateway.example/anthropic/v1`` and ``…/anthropic`` are the same address.
    """
    if url is None:
        return None
    url = url.rstrip("/")
    for version in versions:
        url = url.removesuffix(version)
    return url
