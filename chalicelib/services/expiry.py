"""When DynamoDB may forget what is kept for a time."""

from chalicelib.services.parts import parts

SECONDS_PER_DAY = 86_400


def in_days(days: int) -> int:
    """Return a time so many days from now, in seconds since 1970, as DynamoDB's expiry wants it."""
    return parts().clock() // 1000 + days * SECONDS_PER_DAY


def of_entries() -> int | None:
    """Return when cache entries expire that are written now; None: never."""
    days = parts().settings.cache_days
    return in_days(days) if days else None
