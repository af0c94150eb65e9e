"""Whom an object is shared with: e-mail addresses, whether or not somebody has an account of them yet."""

from dataclasses import dataclass

MOST_READERS = 200
"""Of one object. What more people are to read is better unlisted."""


@dataclass(frozen=True)
class Reader:
    """Somebody whom an object is shared with."""

    email: str
    """As it is looked up (see ``email_pointer``)."""
    since: int
    """Milliseconds since 1970."""
    by_username: bool = False
    """The owner has named them by their username, and is not told their address."""
