"""An account's keys: several, each with a name, shown once and revocable at once."""

import uuid
from dataclasses import dataclass

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.api_keys import LONGEST_NAME, MOST_KEYS, ApiKey, key_digest, make_key, start_of
from chalicelib.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from chalicelib.services.accounts.authentication import kept_key
from chalicelib.services.accounts.changing import change
from chalicelib.services.deps import deps
from chalicelib.storage.accounts.keys import KeptKey
from chalicelib.storage.aws.transaction import Transaction

NO_SUCH_KEY_ID = "You have no key '{}'. Its id stands in the list of your keys."
TOO_MANY = f"An account may have {MOST_KEYS} keys. Revoke one that is not needed any more, then make another."
NOT_THEIRS = "The key given for {} belongs to another account."
NOBODYS = "The key given for {} belonged to an account that has been deleted. Give another."
REVOKED = (
    "The key given for {} was revoked. Give another, or leave it out: the account's other keys go on working."
)


@dataclass(frozen=True)
class NewKey:
    """A key that has just been made: the only time that it is seen."""

    about: ApiKey
    secret: str


def keys_of(caller: Caller) -> list[ApiKey]:
    """Return an account's live keys, oldest first."""
    return deps().keys.of_account(caller.account_id)


def key_of(caller: Caller, key_id: str) -> ApiKey:
    """Return one of an account's live keys. Raises NotFoundError, also for somebody else's (P7)."""
    return _own(caller, key_id)


def make(caller: Caller, name: str) -> NewKey:
    """Make a further key of an account.

    Raises ConflictError if it has as many as it may have, InvalidRequestError for a name that is none.
    """
    new = new_key(name)

    def added(transaction: Transaction, account: Account) -> NewKey:
        add(transaction, account, new.about)
        return new

    return change(caller, added)


def revoke(caller: Caller, key_id: str) -> ApiKey:
    """Let a key open nothing from now on; the sessions of browsers that it began end with it.

    Raises NotFoundError, also for somebody else's key (P7).
    """

    def added(transaction: Transaction, account: Account) -> ApiKey:
        key = _own(account, key_id)
        deps().keys.revoke(transaction, account, key, at=deps().clock())
        deps().accounts.change(transaction, account)
        return key

    return change(caller, added)


def regenerate(caller: Caller, key_id: str) -> NewKey:
    """Make a new key of the same name, and revoke the old one in the same moment.

    Raises NotFoundError, also for somebody else's key (P7).
    """

    def added(transaction: Transaction, account: Account) -> NewKey:
        old = _own(account, key_id)
        new = new_key(old.name)
        deps().keys.revoke(transaction, account, old, at=deps().clock())
        deps().keys.add(transaction, account, new.about)
        deps().accounts.change(transaction, account)
        return new

    return change(caller, added)


def give(account: Account, key: ApiKey) -> None:
    """Let a key that Perch has not made open an account; nothing changes if it does already.

    Raises ConflictError if it is another account's, or was revoked.
    """

    def added(transaction: Transaction, now: Account) -> None:
        kept = deps().keys.kept(key.digest)
        if kept is None:
            add(transaction, now, key)
        elif kept.account_id != account.account_id:
            raise taken(kept, account.email)
        elif kept.revoked:
            raise ConflictError(REVOKED.format(account.email))

    change(account, added)
    kept_key(key.digest)  # what an earlier Perch kept of it is brought up to date


def new_key(name: str) -> NewKey:
    """Make a key, which opens nothing before it has been added to an account.

    Raises InvalidRequestError for a name that is none.
    """
    secret = make_key()
    about = ApiKey(
        str(uuid.uuid4()), checked_name(name), key_digest(secret), deps().clock(), start=start_of(secret)
    )
    return NewKey(about, secret)


def add(transaction: Transaction, account: Account, key: ApiKey) -> None:
    """Add a further key of an account to a transaction.

    Raises ConflictError if it has as many as it may have.
    """
    if len(deps().keys.of_account(account.account_id)) >= MOST_KEYS:
        raise ConflictError(TOO_MANY)
    deps().keys.add(transaction, account, key)
    deps().accounts.change(transaction, account)


def taken(kept: KeptKey, email: str) -> ConflictError:
    """Return what is said of a key that somebody else has, or had."""
    return ConflictError((NOT_THEIRS if kept.account_id else NOBODYS).format(email))


def checked_name(text: str) -> str:
    """Return a key's name; raises InvalidRequestError if it is none."""
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidRequestError(f"name: 1 to {LONGEST_NAME} characters in one line were expected.")
    return name


def _own(account: Caller, key_id: str) -> ApiKey:
    for key in deps().keys.of_account(account.account_id):
        if key.key_id == key_id:
            return key
    raise NotFoundError(NO_SUCH_KEY_ID.format(key_id))
