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


def key_digest(key: str) -> str:
    """Return the form in which an API key is kept.

    A plain digest is enough here: keys are long random strings, not passwords, and a lookup by
    key happens on every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()
