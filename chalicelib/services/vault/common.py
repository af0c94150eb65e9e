"""What changing and sharing keys of the vault have in common."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.providers.account_keys import ProviderKey
from chalicelib.services.access import or_conflict
from chalicelib.services.deps import deps

TRIES = 20
"""All that change an account's keys at once are in each other's way."""
NO_KEY = "This account has no provider key of that id. GET api/v0/provider-keys lists those that it has."
NOT_ONES_OWN = "Only the account that has given a key can do that; yours is a share of it."
Result = TypeVar("Result")


def without(key: ProviderKey, account_id: str) -> ProviderKey:
    """Return a key as one that is not shared with an account."""
    left = tuple(borrower for borrower in key.shared_with if borrower.account_id != account_id)
    return replace(key, shared_with=left)


def in_turn(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt comes to that reads and then writes; raises ConflictError if others go on."""
    return or_conflict(
        attempt, "Too many changes of these keys come at once: try again in a moment.", tries=TRIES
    )


def own_key(account: Caller, key_id: str) -> ProviderKey:
    """Return a key that an account has given.

    Raises NotFoundError, also for somebody else's key (P7), and ConflictError for one shared with it.
    """
    key = deps().vault.key(account.account_id, key_id)
    if key is None:
        if deps().vault.lent(account.account_id, key_id):
            raise ConflictError(NOT_ONES_OWN)
        raise NotFoundError(NO_KEY)
    return key
