"""Who may ask, what they are called, and what they have switched on."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import available_timezones

from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.errors import InvalidRequestError

LONGEST_USERNAME = 39
USERNAME = re.compile(r"[a-z0-9](-?[a-z0-9])*")
NO_USERNAME = (
    f"username: 1 to {LONGEST_USERNAME} small letters and digits were expected, "
    "with single hyphens between them."
)
LONGEST_EMAIL = 254
EMAIL = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


UTC = "UTC"
LONGEST_TIME_ZONE = 64


class Role(StrEnum):
    """What an account may do beside running its own jobs."""

    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Whose key a request carries: what is known of an account from the key alone, in one read."""

    account_id: str

    @property
    def release(self) -> str | None:
        """The version of edsl that asks, as far as that is known: few requests tell."""
        return None


@dataclass(frozen=True)
class KeyHolder(Caller):
    """A caller, and by which of the account's keys it has come."""

    role: Role
    key: ApiKey

    @property
    def release(self) -> str | None:
        """The version that last came with this key and said so."""
        return self.key.release


@dataclass(frozen=True)
class Account(Caller):
    """One person or team; everything Perch keeps has an account as its owner."""

    email: str
    credits: int
    """Hundredths of a credit given when the account was opened."""
    created_at: int
    username: str = ""
    """Unique. Empty: it was opened by an earlier Perch and has not been asked for yet."""
    role: Role = Role.MEMBER
    disabled: bool = False
    """Its keys open nothing, until an operator enables it again."""
    leaving_at: int | None = None
    """When its owner has asked for all of it to be deleted; then it is disabled, too, until that is done."""
    remote_inference: bool = True
    remote_caching: bool = True
    remote_logging: bool = False
    time_zone: str = UTC
    """In which pages tell times."""
    key_changes: int = 0
    """How often its keys have changed: each change of them is made under the condition that no other was.
    0: they have not since an earlier Perch opened it, which did not count."""


@dataclass(frozen=True)
class Session(Caller):
    """A browser in which somebody has signed in with a key."""

    key: str
    """The key's digest: a session ends with its key."""
    expires_at: int
    """Seconds since 1970; DynamoDB removes it some time after that."""


def checked_username(text: str) -> str:
    """Return a username as it was given; raises InvalidRequestError with what one is."""
    if len(text) > LONGEST_USERNAME or not USERNAME.fullmatch(text):
        raise InvalidRequestError(NO_USERNAME)
    return text


def checked_email(text: str) -> str:
    """Return an address as it was given; raises InvalidRequestError if it is none."""
    if len(text) > LONGEST_EMAIL or not EMAIL.fullmatch(text):
        raise InvalidRequestError(f"{text[:100]!r} is not an e-mail address, such as ada@example.org.")
    return text


def checked_time_zone(text: str) -> str:
    """Return a time zone's name as it was given; raises InvalidRequestError if there is none so called."""
    if len(text) > LONGEST_TIME_ZONE or text not in time_zones():
        raise InvalidRequestError(
            f"{text[:LONGEST_TIME_ZONE]!r} is no time zone. Give one as the time zone database calls it, "
            "such as Europe/Berlin."
        )
    return text


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Return the names of all time zones that this machine knows; it takes some milliseconds to find out."""
    return frozenset({UTC, *available_timezones()} - {"localtime"})


def username_of(email: str, attempt: int = 0) -> str:
    """Return what an account may be called by its address; further attempts end in a number."""
    words = re.findall("[a-z0-9]+", email.partition("@")[0].lower())
    ending = f"-{attempt + 1}" if attempt else ""
    name = "-".join(words)[: LONGEST_USERNAME - len(ending)].strip("-")
    return (name or "user") + ending


def email_pointer(email: str) -> str:
    """Return the form in which an address is looked up: however its letters are written, it is one."""
    return email.lower()
