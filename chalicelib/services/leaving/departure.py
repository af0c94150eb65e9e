"""An account's owner leaves: its keys open nothing from then on; a function with the time deletes the rest.

That the account is to go stands in its record, so that a lost message or a dead function changes nothing: the
remover comes by each hour.
"""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.accounts.administration import set_leaving
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.content.messages import send_departure
from chalicelib.services.deps import deps
from chalicelib.services.leaving.accounts import delete_account

NOT_MEANT = "Nothing was deleted. Type the username or the e-mail address of this account to have it deleted."


def leave(caller: Caller, typed: str) -> None:
    """Close an account at once and have it deleted; ``typed`` must be its username or its address.

    Raises InvalidRequestError.
    """
    account = account_of(caller)
    if typed.strip().lower() not in {account.username.lower(), account.email.lower()}:
        raise InvalidRequestError(NOT_MEANT)
    set_leaving(account)
    send_departure(account.account_id)


def finish_leaving(account_id: str) -> None:
    """Delete an account whose owner has left, unless an operator has enabled it again.

    Raises ConflictError if one of its jobs does not end.
    """
    account = deps().accounts.get(account_id)
    if account is not None and account.leaving_at is not None:
        delete_account(account)
