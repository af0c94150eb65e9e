"""Open accounts and recognise their keys."""

import uuid

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.errors import ConflictError, InvalidRequestError, KeyMissingError, NotFoundError
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError

HOW_TO_SET_A_KEY = (
    "Set EXPECTED_PARROT_API_KEY to the key of an account on this Perch, "
    "in the environment or in a .env file, and start again."
)
SHORT_KEY = (
    "The key given for {} has {} characters, and this Perch takes none of fewer than {}: it keeps a plain "
    "digest of a key, from which a short one can be guessed. Give a random one, such as python -c "
    "'import secrets; print(secrets.token_urlsafe(32))' prints."
)
NO_SUCH_KEY = f"No account on this Perch has this API key. {HOW_TO_SET_A_KEY}"


def open_account(email: str, key: str, credits: int = 0) -> Account:
    """Open an account with an address and a key, or return the one that has both.

    ``credits`` are whole credits. Raises ConflictError if the key is another account's, and
    InvalidRequestError if it is shorter than this stage takes them.
    """
    shortest = deps().settings.shortest_key
    if len(key) < shortest:
        raise InvalidRequestError(SHORT_KEY.format(email, len(key), shortest))
    store = deps().accounts
    account = store.by_email(email)
    if account is None:
        account = Account(
            account_id=str(uuid.uuid4()), email=email, credits=credits * 100, created_at=deps().clock()
        )
        store.add(account)
    try:
        store.give_key(account.account_id, key)
    except LostRaceError as error:
        raise ConflictError(f"The key given for {email} belongs to another account.") from error
    return account


def switch(caller: Caller, *, remote_inference: bool | None, remote_caching: bool | None) -> Account:
    """Switch what is not None on or off for an account; return it as it is then.

    Raises NotFoundError if the account has gone meanwhile.
    """
    asked = {"remote_inference": remote_inference, "remote_caching": remote_caching}
    changes = {name: value for name, value in asked.items() if value is not None}
    changed = deps().accounts.switch(caller.account_id, changes)
    if changed is None:
        raise NotFoundError("This account is not there any more.")
    return changed


def account_of(caller: Caller) -> Account:
    """Return a caller's whole account.

    Raises KeyMissingError if it has gone: then its key opens nothing.
    """
    account = deps().accounts.get(caller.account_id)
    if account is None:
        raise KeyMissingError(NO_SUCH_KEY)
    return account


def authenticate(key: str | None) -> Caller:
    """Return whose account a key opens.

    Raises KeyMissingError with a sentence that says what to set.
    """
    if not key:
        raise KeyMissingError(f"This request carries no API key. {HOW_TO_SET_A_KEY}")
    caller = deps().accounts.by_key(key)
    if caller is None:
        raise KeyMissingError(NO_SUCH_KEY)
    return caller
