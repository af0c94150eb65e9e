"""Give credits to somebody else, by the name under which he is known here."""

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.errors import NotFoundError
from chalicelib.services.credits.ledger import move
from chalicelib.services.deps import deps

LONGEST_NOTE = 500


def transfer(
    account: Caller, recipient: str, amount: int, note: str, *, entries: int | None = None
) -> Balance:
    """Give somebody credits; return what is left. ``entries``: how many the ledger must have at that moment.

    Raises NotFoundError, InvalidRequestError, InsufficientFundsError or ConflictError; then nothing has
    changed.
    """
    to, note = recipient_of(recipient).account_id, note[:LONGEST_NOTE]
    return move(EntryKind.TRANSFER, account, to, amount, note, entries=entries)


def pay(account: Caller, recipient: str, amount: int, service: str) -> Balance:
    """Pay somebody for a service; return what is left. Raises as ``transfer`` does."""
    return move(
        EntryKind.PAYMENT, account, recipient_of(recipient).account_id, amount, service[:LONGEST_NOTE]
    )


def recipient_of(recipient: str) -> Account:
    """Return the account that somebody means by a username. Raises NotFoundError."""
    found = deps().accounts.by_username(recipient)
    if found is None or found.disabled:
        raise NotFoundError(f"Nobody on this Perch has the username {recipient[:100]!r}.")
    return found
