"""Let the product's clients of AWS be made anew: the ones before know the address that they found first."""

from chalicelib.storage.aws import clients


def forget_clients() -> None:
    for made in vars(clients).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()
