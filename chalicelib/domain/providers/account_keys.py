"""Keys for providers that accounts give: for what, what they may look like, and which one comes first.

Such a key goes to its provider's own address and nowhere else, so only services that have one take it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.providers.key_source import KeySource
from chalicelib.domain.providers.known import KNOWN

ENVIRONMENT: Mapping[str, str] = {
    "ANTHROPIC_API_KEY": "anthropic",
    "AWS_BEARER_TOKEN_BEDROCK": "bedrock",
    "DEEP_INFRA_API_KEY": "deep_infra",
    "DEEPSEEK_API_KEY": "deepseek",
    "GOOGLE_API_KEY": "google",
    "GROQ_API_KEY": "groq",
    "MISTRAL_API_KEY": "mistral",
    "OPENAI_API_KEY": "openai",
    "OPEN_ROUTER_API_KEY": "open_router",
    "PERPLEXITY_API_KEY": "perplexity",
    "TOGETHER_API_KEY": "together",
    "XAI_API_KEY": "xai",
}
"""What edsl's users call their keys; a test compares it with edsl."""
SAME_KEY: Mapping[str, str] = {"openai_v2": "openai"}
"""Services that are asked with another one's key, at the same address."""
MOST_KEYS = 50
"""That an account may give."""
MOST_SHARES = 40
"""Accounts that one key may be shared with: they are written and deleted with it in one transaction."""
MOST_LENT = 100
"""Keys that may be shared with one account, whoever shares them."""
SHORTEST_KEY, LONGEST_KEY = 8, 4096
"""Anything shorter could not be taken out of texts without spoiling them."""
LONGEST_LABEL = 100
USE_NOTED_EVERY = 60 * 60 * 1000
"""Milliseconds."""
FIRST, USUAL, LAST = 1, 100, 1000
"""Priorities: the smallest comes first."""
PRINTABLE = re.compile(r"[\x21-\x7e]+")
NOT_A_KEY = re.compile(r"https?://|[\"'`{\[]|(Bearer|Basic)\b|[A-Z][A-Z0-9_]*=")
"""How texts begin that are pasted in a key's place: addresses, quotes, JSON, headers, lines of ``.env``."""


@dataclass(frozen=True)
class Sealed:
    """A secret as it is kept: encrypted with a data key, which KMS has encrypted. Both are base64."""

    data_key: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Borrower:
    """An account that a key is shared with, and its address when that was done."""

    account_id: str
    email: str


@dataclass(frozen=True)
class ProviderKey:
    """A key that an account has given."""

    key_id: str
    account_id: str
    service: str
    label: str
    created_at: int
    sealed: Sealed
    on: bool = True
    """Off: nobody uses it, whomever it is shared with."""
    priority: int = USUAL
    shared_with: tuple[Borrower, ...] = ()
    version: int = 1
    used_at: int | None = None
    """When a run last used it, give or take an hour; None: none has."""
    tried_at: int | None = None
    """When it was last tried at its provider."""
    trouble: str = ""
    """What came of that; empty: the provider takes it."""
    failed_at: int | None = None
    """When a run last ended in which the provider refused it."""
    failure: str = ""
    """Why that was."""

    @property
    def last_trouble(self) -> tuple[int, str] | None:
        """Return when and why it last did not work; None: it never did, or was tried since and works."""
        if self.failed_at is not None and self.failed_at > (self.tried_at or 0):
            return self.failed_at, self.failure
        return (self.tried_at, self.trouble) if self.tried_at is not None and self.trouble else None

    def use_is_old(self, now: int) -> bool:
        """Tell whether its use is to be written down again."""
        return self.used_at is None or now - self.used_at >= USE_NOTED_EVERY

    def lent_to(self, account_id: str) -> bool:
        """Tell whether it is shared with an account."""
        return any(borrower.account_id == account_id for borrower in self.shared_with)


@dataclass(frozen=True)
class LentKey:
    """What an account has of a key that is shared with it."""

    key_id: str
    account_id: str
    owner_id: str
    owner: str
    """Its owner's address when it was shared."""
    lent_at: int
    on: bool = False
    """Whoever a key belongs to may see at the provider what it is used for: its borrower switches it on."""
    priority: int = USUAL


@dataclass(frozen=True)
class UsableKey:
    """A key that an account's jobs may use now; ``lent`` if it is another account's."""

    key: ProviderKey
    lent: LentKey | None = None

    @property
    def order(self) -> tuple[int, bool, int, str]:
        """Return its place: by priority, then one's own first, then the older one."""
        priority = self.lent.priority if self.lent else self.key.priority
        return priority, self.lent is not None, self.key.created_at, self.key.key_id

    def source(self, service: str) -> KeySource:
        """Return it as what a run is to use for a service."""
        shared_by = self.lent.owner if self.lent else ""
        return KeySource(service, self.key.key_id, self.key.label, shared_by)


def usable_keys(
    account_id: str, own: Iterable[ProviderKey], lent: Iterable[tuple[LentKey, ProviderKey | None]]
) -> list[UsableKey]:
    """Return the keys that an account's jobs may use, the first of them first."""
    found = [UsableKey(key) for key in own if key.on]
    found += [
        UsableKey(key, borrowed)
        for borrowed, key in lent
        if key is not None and key.on and borrowed.on and key.lent_to(account_id)
    ]
    return sorted(found, key=lambda usable: usable.order)


def sources_among(usable: Iterable[UsableKey]) -> Iterator[KeySource]:
    """Yield for each service that has a key the first one, in order of the services' names."""
    first: dict[str, UsableKey] = {}
    for each in usable:
        first.setdefault(each.key.service, each)
    for service in sorted(KNOWN):
        chosen = first.get(SAME_KEY.get(service, service))
        if chosen is not None:
            yield chosen.source(service)


def takers() -> list[str]:
    """Return the services that take accounts' keys: all that have an address of their provider's."""
    return sorted(name for name in KNOWN if _has_own_address(name))


def service_named(text: str) -> str:
    """Return the service that a key is for, by edsl's name of it or by that of its environment variable.

    Raises InvalidRequestError.
    """
    name = text.strip()
    service = ENVIRONMENT.get(name.upper(), name.lower())
    if service in KNOWN and _has_own_address(service):
        return SAME_KEY.get(service, service)
    if service in KNOWN:
        raise InvalidRequestError(
            f"service: {service} has no address that is its provider's own. Keys of accounts go to their "
            "provider's own address only; ask whoever runs this Perch to offer this service."
        )
    near = get_close_matches(service, KNOWN, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InvalidRequestError(f"service: this is none of edsl's services.{meant} Give {', '.join(takers())}.")


def checked_key(key: str) -> str:
    """Return a key as it was given; raises InvalidRequestError, which never quotes it."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise InvalidRequestError(
            f"key: {SHORTEST_KEY} to {LONGEST_KEY:,} characters were expected, and it has {len(key):,}."
        )
    if not PRINTABLE.fullmatch(key):
        raise InvalidRequestError(
            "key: it has a space, a line break or another character that no key has. Paste the key alone."
        )
    if NOT_A_KEY.match(key):
        raise InvalidRequestError(
            "key: this looks like an address, a header, JSON or a line of a file. Paste the key alone."
        )
    return key


def checked_label(label: str, key: str = "") -> str:
    """Return a label without spaces around it; raises InvalidRequestError."""
    label = label.strip()
    if not (0 < len(label) <= LONGEST_LABEL and label.isprintable()):
        raise InvalidRequestError(f"label: 1 to {LONGEST_LABEL} printable characters were expected.")
    if key and (key in label or (len(label) >= SHORTEST_KEY and label in key)):
        raise InvalidRequestError("label: it has the key itself in it. Labels are shown: choose other words.")
    return label


def _has_own_address(name: str) -> bool:
    known = KNOWN[name]
    return known.refused is None and (known.own_address or "").startswith("https:")
