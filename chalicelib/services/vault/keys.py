"""Give, list, change and delete keys for providers; nothing here ever returns one."""

import contextlib
import uuid
from dataclasses import dataclass, replace
from typing import TypeVar

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.providers.account_keys import (
    MOST_KEYS,
    LentKey,
    ProviderKey,
    checked_key,
    checked_label,
    service_named,
)
from chalicelib.services.deps import deps
from chalicelib.services.vault.common import NO_KEY, NOT_ONES_OWN, in_turn, without
from chalicelib.services.vault.use import bound_to

Value = TypeVar("Value")


@dataclass(frozen=True)
class SharedKey:
    """A key that another account shares: the sharer may have deleted or switched it off since."""

    lent: LentKey
    key: ProviderKey | None

    @property
    def usable(self) -> bool:
        """Tell whether it can be used if its borrower has it switched on."""
        return self.key is not None and self.key.on and self.key.lent_to(self.lent.account_id)


@dataclass(frozen=True)
class Keys:
    """An account's own keys, and those that are shared with it."""

    own: tuple[ProviderKey, ...]
    shared: tuple[SharedKey, ...]


@dataclass(frozen=True)
class Changes:
    """What is to be changed of a key; None stays as it is."""

    on: bool | None = None
    priority: int | None = None
    label: str | None = None


def give(account: Caller, service: str, key: str, label: str) -> ProviderKey:
    """Keep a key of an account's for a service; return what is told of it.

    Raises InvalidRequestError, and ConflictError where the account has as many as it may.
    """
    name, secret = service_named(service), checked_key(key)
    label, key_id = checked_label(label, secret), uuid.uuid4().hex
    _refuse_more(len(deps().vault.contents(account.account_id).keys))  # before KMS is asked
    sealed = deps().sealer.seal(secret, account_id=account.account_id, about=bound_to(key_id, name))
    made = ProviderKey(key_id, account.account_id, name, label, deps().clock(), sealed)

    def attempt() -> ProviderKey:
        found = deps().vault.contents(account.account_id)
        _refuse_more(len(found.keys))
        deps().vault.add(made, found)
        return made

    return in_turn(attempt)


def keys_of(account: Caller) -> Keys:
    """Return an account's keys, the older ones first."""
    found = deps().vault.contents(account.account_id)
    shared = deps().vault.keys_of(found.lent) if found.lent else {}
    return Keys(
        own=tuple(sorted(found.keys, key=lambda key: (key.created_at, key.key_id))),
        shared=tuple(
            SharedKey(lent, shared.get(lent.key_id))
            for lent in sorted(found.lent, key=lambda lent: (lent.lent_at, lent.key_id))
        ),
    )


def key_or_share(account: Caller, key_id: str) -> ProviderKey | SharedKey:
    """Return a key of an account's, or what it has of one that is shared with it. Raises NotFoundError."""
    key = deps().vault.key(account.account_id, key_id)
    return key if key is not None else _share(account, key_id)


def change(account: Caller, key_id: str, changes: Changes) -> ProviderKey | SharedKey:
    """Change a key of an account's; of one that is shared with it, whether and when this account uses it.

    Raises NotFoundError, InvalidRequestError, and ConflictError for a label that is another account's.
    """
    label = None if changes.label is None else checked_label(changes.label)

    def attempt() -> ProviderKey | SharedKey:
        key = deps().vault.key(account.account_id, key_id)
        if key is not None:
            key = replace(
                key,
                on=_or(changes.on, key.on),
                priority=_or(changes.priority, key.priority),
                label=_or(label, key.label),
            )
            return deps().vault.change(key)
        shared = _share(account, key_id)
        if label is not None:
            raise ConflictError(NOT_ONES_OWN)
        lent = shared.lent
        lent = replace(lent, on=_or(changes.on, lent.on), priority=_or(changes.priority, lent.priority))
        deps().vault.change_lent(lent)
        return replace(shared, lent=lent)

    return in_turn(attempt)


def delete(account: Caller, key_id: str) -> None:
    """Forget a key of an account's; one that is shared with it is given back. Raises NotFoundError."""

    def attempt() -> None:
        key = deps().vault.key(account.account_id, key_id)
        if key is not None:
            deps().vault.remove(key)
            return
        lent = deps().vault.lent(account.account_id, key_id)
        shared = deps().vault.key(lent.owner_id, key_id) if lent is not None else None
        if shared is None:
            raise NotFoundError(NO_KEY)
        deps().vault.take_back(without(shared, account.account_id), account.account_id)

    in_turn(attempt)


def delete_all(account: Caller) -> None:
    """Forget all keys that an account has given, and give back all that are shared with it."""
    found = deps().vault.contents(account.account_id)
    for key_id in [*(key.key_id for key in found.keys), *(lent.key_id for lent in found.lent)]:
        with contextlib.suppress(NotFoundError):  # its owner has taken it back meanwhile
            delete(account, key_id)
    deps().vault.forget(account.account_id)


def _share(account: Caller, key_id: str) -> SharedKey:
    lent = deps().vault.lent(account.account_id, key_id)
    if lent is None:
        raise NotFoundError(NO_KEY)
    return SharedKey(lent, deps().vault.keys_of([lent]).get(key_id))


def _refuse_more(keys: int) -> None:
    if keys >= MOST_KEYS:
        raise ConflictError(f"An account may have {MOST_KEYS} provider keys: delete one first.")


def _or(wanted: Value | None, found: Value) -> Value:
    return found if wanted is None else wanted
