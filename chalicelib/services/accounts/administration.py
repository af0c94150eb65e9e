"""What an operator does with accounts: open, list, close and open them again."""

from collections.abc import Iterator

from chalicelib.domain.accounts import Account, Role
from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.services.accounts.accounts import opened
from chalicelib.services.accounts.changing import change
from chalicelib.services.accounts.keys import NewKey, keys_of, new_key
from chalicelib.services.accounts.naming import named
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

FIRST_KEY = "first key"


def create(
    email: str, *, role: Role = Role.MEMBER, key_name: str = FIRST_KEY, credits: int = 0
) -> tuple[Account, NewKey]:
    """Open a new account with a key that Perch makes; ``credits`` are hundredths of one.

    Raises ConflictError if the address has one already, InvalidRequestError.
    """
    key = new_key(key_name)
    return opened(email, key.about, role=role, credits=credits), key


def everybody() -> Iterator[Account]:
    """Yield all accounts in the order of their addresses."""
    return deps().accounts.all()


def find(email: str) -> Account:
    """Return the account of an address; raises NotFoundError."""
    account = deps().accounts.by_email(email)
    if account is None:
        raise NotFoundError(f"There is no account of {email} here.")
    return named(account)


def find_key(account: Account, called: str | None) -> ApiKey:
    """Return an account's key by its name or its id; None: the only one it has.

    Raises NotFoundError, ConflictError if several could be meant.
    """
    keys = keys_of(account)
    found = [key for key in keys if called in {None, key.name, key.key_id}]
    if len(found) == 1:
        return found[0]
    if not found:
        which = "no key" if called is None else f"no key {called!r}"
        raise NotFoundError(f"{account.email} has {which}.")
    ids = ", ".join(f"{key.name!r} ({key.key_id})" for key in found)
    raise ConflictError(f"{account.email} has {len(found)} such keys: {ids}. Say which one, by its id.")


def set_role(account: Account, role: Role) -> None:
    """Let an account be a member or an admin from its next request on."""
    _set(account, role=role)


def set_disabled(account: Account, disabled: bool) -> None:
    """Let an account's keys open nothing from the next request on, or all that they opened before.

    Jobs that it has sent go on. Whoever enables it again also ends its leaving.
    """
    _set(account, disabled=disabled)


def set_leaving(account: Account) -> None:
    """Let an account's keys open nothing any more, and note that all of it is to be deleted."""
    _set(account, disabled=True, leaving_at=deps().clock())


def _set(
    account: Account,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
    leaving_at: int | None = None,
) -> None:
    def added(transaction: Transaction, now: Account) -> None:
        new_role = now.role if role is None else role
        closed = now.disabled if disabled is None else disabled
        for key in keys_of(now):
            deps().keys.mark(transaction, key, role=new_role, disabled=closed)
        leaves = (leaving_at or now.leaving_at) if closed else None
        changes = {"role": new_role.value, "disabled": closed, "leaving_at": leaves}
        deps().accounts.change(transaction, now, **changes)

    change(account, added)
