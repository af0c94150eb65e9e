"""Times as people and clients read them."""

from datetime import UTC, datetime


def iso(milliseconds: int) -> str:
    """Write milliseconds since 1970 as ``2026-01-31T12:00:00.000Z``."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"
