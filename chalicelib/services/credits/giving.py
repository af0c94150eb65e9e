"""Give credits to somebody else, by the name under which he is known here."""

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.errors import NotFoundError
from chalicelib.services.credits.ledger import move
from chalicelib.services.deps import deps

LONGEST_NOTE = 500


def transfer(account: Caller, recipient: str, amount: int, note: str) -> Balance:
    """Give somebody credits; return what is left.

    Raises NotFoundError, InvalidRequestError or InsufficientFundsError; then nothing has changed.
    """
    return move(EntryKind.TRANSFER, account, _found(recipient).account_id, amount, note[:LONGEST_NOTE])


def pay(account: Caller, recipient: str, amount: int, service: str) -> Balance:
    """Pay somebody for a service; return what is left. Raises as ``transfer`` does."""
    return move(EntryKind.PAYMENT, account, _found(recipient).account_id, amount, service[:LONGEST_NOTE])


def _found(recipient: str) -> Account:
    found = deps().accounts.by_username(recipient)
    if found is None or found.disabled:
        raise NotFoundError(f"Nobody on this Perch has the username {recipient[:100]!r}.")
    return found
