"""Open accounts, and change what they are called and have switched on."""

import uuid

from chalicelib.domain.accounts import (
    Account,
    Caller,
    Role,
    checked_email,
    checked_time_zone,
    checked_username,
)
from chalicelib.domain.api_keys import ApiKey, key_digest
from chalicelib.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from chalicelib.services.accounts.authentication import GIVEN
from chalicelib.services.accounts.changing import account_of, or_conflict
from chalicelib.services.accounts.keys import give, taken
from chalicelib.services.accounts.naming import free_username
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

GONE = "This account is not there any more."
SHORT_KEY = (
    "The key given for {} has {} characters, and this Perch takes none of fewer than {}: it keeps a plain "
    "digest of a key, from which a short one can be guessed. Give a random one, such as python -c "
    "'import secrets; print(secrets.token_urlsafe(32))' prints."
)


def open_account(email: str, key: str, *, credits: int = 0) -> Account:
    """Open an account with an address and a key, or return the one that has both.

    ``credits`` are hundredths of a credit; an account that is there already is given none. Raises
    ConflictError if the key is another account's or was revoked, and InvalidRequestError if it is shorter
    than this stage takes them.
    """
    shortest = deps().settings.shortest_key
    if len(key) < shortest:
        raise InvalidRequestError(SHORT_KEY.format(email, len(key), shortest))
    record = ApiKey(str(uuid.uuid4()), GIVEN, key_digest(key), deps().clock())
    account = deps().accounts.by_email(email)
    if account is None:
        try:
            return opened(email, record, credits=credits)
        except ConflictError:
            # Its address or its key was taken: whose it is says which.
            account = deps().accounts.by_email(email)
            if account is None:
                raise
    give(account, record)
    return account


def opened(email: str, key: ApiKey, *, credits: int = 0, role: Role = Role.MEMBER) -> Account:
    """Open a new account with its first key, in one transaction: nothing else opens one.

    Raises ConflictError if the address has an account, or the key is another's.
    """
    checked_email(email)

    def attempt() -> Account:
        if deps().accounts.by_email(email) is not None:
            raise ConflictError(f"{email} has an account already.")
        if kept := deps().keys.kept(key.digest):
            raise taken(kept, email)
        account = Account(
            account_id=str(uuid.uuid4()),
            email=email,
            credits=credits,
            created_at=deps().clock(),
            username=free_username(email),
            role=role,
            key_changes=1,
        )
        transaction = Transaction()
        deps().accounts.add(transaction, account)
        deps().keys.add(transaction, account, key)
        transaction.commit()
        return account

    return or_conflict(attempt)


def rename(caller: Caller, username: str) -> Account:
    """Give an account another username; return it as it is then.

    Raises InvalidRequestError if it is none, ConflictError if somebody has it.
    """
    checked_username(username)

    def attempt() -> Account:
        account = account_of(caller)
        if account.username == username:
            return account
        if deps().accounts.by_username(username) is not None:
            raise ConflictError(f"The username {username} is taken. Choose another.")
        transaction = Transaction()
        deps().accounts.rename(transaction, account, username)
        transaction.commit()
        return account_of(caller)

    return or_conflict(attempt)


def switch(
    caller: Caller,
    *,
    remote_inference: bool | None,
    remote_caching: bool | None,
    remote_logging: bool | None,
) -> Account:
    """Switch what is not None on or off for an account; return it as it is then.

    Raises NotFoundError if the account has gone meanwhile.
    """
    asked = {
        "remote_inference": remote_inference,
        "remote_caching": remote_caching,
        "remote_logging": remote_logging,
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    changed = deps().accounts.switch(caller.account_id, changes)
    if changed is None:
        raise NotFoundError(GONE)
    return changed


def set_time_zone(caller: Caller, name: str) -> None:
    """Keep in which time zone an account is told times on pages.

    Raises InvalidRequestError for none that there is, NotFoundError if the account has gone meanwhile.
    """
    if deps().accounts.set_time_zone(caller.account_id, checked_time_zone(name)) is None:
        raise NotFoundError(GONE)
