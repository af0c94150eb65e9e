"""Who may ask, and what they have switched on."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Whose key a request carries: what is known of an account from the key alone, in one read."""

    account_id: str


@dataclass(frozen=True)
class Account(Caller):
    """One person or team; everything Perch keeps has an account as its owner."""

    email: str
    credits: int
    """Hundredths of a credit given when the account was opened."""
    created_at: int
    remote_inference: bool = True
    remote_caching: bool = True


@dataclass(frozen=True)
class Session(Caller):
    """A browser in which somebody has signed in with a key."""

    key: str
    """The key's digest: a session ends with its key."""
    expires_at: int
    """Seconds since 1970; DynamoDB removes it some time after that."""


def key_digest(key: str) -> str:
    """Return the form in which an API key, or a session's token, is kept.

    A plain digest is enough here: keys are long random strings, not passwords (a stage takes no short
    ones, see ``Settings.shortest_key``), and a lookup by key happens on every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()
