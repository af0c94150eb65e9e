"""Find objects by what people call them: an id, or an owner and an alias."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from chalicelib.domain.accounts import USERNAME, Account, Caller
from chalicelib.domain.content.alias import is_alias
from chalicelib.domain.errors import NoContentError
from chalicelib.services.access import no_content
from chalicelib.services.accounts.naming import named
from chalicelib.services.deps import deps

CANONICAL = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NOBODY = ""
NOTHING = ""
"""An id that no object has."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Owners:
    """What the owners of some objects are called, by their ids; of one who has gone nothing is known."""

    names: dict[str, str]

    def of(self, account_id: str) -> str | None:
        """Return an account's username."""
        return self.names.get(account_id)


def is_id(name: str) -> bool:
    """Tell whether this is the form of an object's id."""
    return CANONICAL.fullmatch(name) is not None


def content_id_of(account: Caller, name: str) -> str:
    """Return the id that a client has sent; one that is none may be an alias of the caller's own.

    The oldest releases send the last part of an address, whatever that is (client contract, section 2.3).
    Raises NotFoundError.
    """
    if is_id(name):
        return str(UUID(name))
    found = deps().content_index.with_alias(account.account_id, name) if is_alias(name) else None
    if found is None:
        raise no_content(name)
    return found


def by_alias(owner_username: str, alias: str, use: Callable[[str], Result]) -> Result:
    """Do something with what somebody calls so, by its id.

    Whether it is not there or not for the caller to read: what is said is the same, after as many looks (P7).
    Raises NoContentError, and what ``use`` raises.
    """
    name = f"{owner_username}/{alias}"
    if not (USERNAME.fullmatch(owner_username) and is_alias(alias)):
        raise no_content(name)
    owner = deps().accounts.by_username(owner_username)
    found = deps().content_index.with_alias(owner.account_id if owner else NOBODY, alias)
    try:
        return use(found or NOTHING)
    except NoContentError:
        raise no_content(name) from None


def owners_of(account_ids: set[str]) -> Owners:
    """Return what some accounts are called."""
    found = (deps().accounts.get(account_id) for account_id in sorted(account_ids))
    return Owners({account.account_id: _username(account) for account in found if account})


def _username(account: Account) -> str:
    return named(account).username
