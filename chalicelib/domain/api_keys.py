"""Keys that open accounts: how Perch makes them, and what is kept of each.

    perch_ + 32 random characters + 6 that are a checksum of all before

The checksum tells a key from what only looks like one: a mistyped key, or a text that a scanner for secrets
has found. It is never a condition: a key opens an account because its digest is kept, however it is written.
"""

import hashlib
import secrets
import zlib
from dataclasses import dataclass

PREFIX = "perch_"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Letters and digits, less those that are taken for each other (0 and O, I and l)."""
RANDOM_CHARACTERS = 32
"""187 bits."""
CHECKSUM_CHARACTERS = 6
SHOWN_CHARACTERS = 4
"""By which a person tells a key from others; as many bits of the others stay as are ever needed."""
MOST_KEYS = 50
"""An account may have at a time: with its record, all of them change in one transaction (100 items)."""
LONGEST_NAME = 100
USE_NOTED_EVERY = 60 * 60 * 1000
"""Milliseconds."""


@dataclass(frozen=True)
class ApiKey:
    """What is kept of a key. The key itself is kept nowhere."""

    key_id: str
    name: str
    digest: str
    made_at: int
    """Milliseconds since 1970; 0: an earlier Perch, which did not write it down."""
    used_at: int | None = None
    """When it was last used, give or take an hour; None: never."""
    release: str | None = None
    """The version of edsl that last came with it and said so; None: none has."""
    start: str = ""
    """Its first characters; empty: Perch has not made it, or an earlier one did."""

    def use_is_old(self, now: int) -> bool:
        """Tell whether its use is to be written down again."""
        return self.used_at is None or now - self.used_at >= USE_NOTED_EVERY


def make_key() -> str:
    """Return a new key."""
    start = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return start + _checksum(start)


def start_of(key: str) -> str:
    """Return the first characters of a key that Perch has made."""
    return key[: len(PREFIX) + SHOWN_CHARACTERS]


def has_checksum(key: str) -> bool:
    """Tell whether a text is a whole key of the form that Perch makes."""
    start, checksum = key[:-CHECKSUM_CHARACTERS], key[-CHECKSUM_CHARACTERS:]
    right_length = len(key) == len(PREFIX) + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS
    return right_length and key.startswith(PREFIX) and checksum == _checksum(start)


def is_mistyped(key: str) -> bool:
    """Tell whether a text begins as a key that Perch makes, but is none."""
    return key.startswith(PREFIX) and not has_checksum(key)


def key_digest(key: str) -> str:
    """Return the form in which an API key, or a session's token, is kept.

    A plain digest is enough here: keys are long random strings, not passwords (a stage takes no short
    ones, see ``Settings.shortest_key``), and a lookup by key happens on every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(text: str) -> str:
    rest = zlib.crc32(text.encode())
    characters = []
    for _ in range(CHECKSUM_CHARACTERS):
        rest, digit = divmod(rest, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))
