"""Change an account and its keys together: read how they are, and write if nobody else has meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.errors import KeyMissingError
from chalicelib.services import access
from chalicelib.services.accounts.authentication import NO_SUCH_KEY
from chalicelib.services.accounts.naming import named
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction

Result = TypeVar("Result")
TRIES = 20
"""Changes of one account's keys go one after the other; as many at once are more than a person makes."""


def account_of(caller: Caller) -> Account:
    """Return a caller's whole account as it is now.

    Raises KeyMissingError if it has gone: then its key opens nothing.
    """
    account = deps().accounts.get(caller.account_id)
    if account is None:
        raise KeyMissingError(NO_SUCH_KEY)
    return named(account)


def change(caller: Caller, added: Callable[[Transaction, Account], Result]) -> Result:
    """Commit what is added to a transaction for an account; where its keys changed meanwhile, anew.

    Raises ConflictError if others stay in the way.
    """

    def attempt() -> Result:
        account = account_of(caller)
        transaction = Transaction()
        result = added(transaction, account)
        if transaction.writes:
            transaction.commit()
        return result

    return or_conflict(attempt)


def or_conflict(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt comes to, made anew where others were first; raises ConflictError at last."""
    return access.or_conflict(attempt, "This account is changing at this moment. Try again.", tries=TRIES)
