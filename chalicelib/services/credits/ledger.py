"""Enter into accounts' ledgers, and read them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.money import MOST_CREDITS, UNITS_PER_CREDIT
from chalicelib.domain.credits.month import SpentMonth
from chalicelib.domain.credits.spending import SPENDING, month_of
from chalicelib.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from chalicelib.services.access import or_conflict
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.credits import Change

OPENING = "Opening balance"
CHANGED = (
    "Nothing was given: your ledger has changed since you were asked. A job has begun or ended, or you had "
    "sent this already. Look at your ledger, then give again."
)
TRIES = 50
"""All of an account's runs enter into one ledger."""
LARGEST = MOST_CREDITS * UNITS_PER_CREDIT
WRONG_AMOUNT = f"The amount must be at least 0.01 credits, and not above {MOST_CREDITS:,}."


@dataclass(frozen=True)
class Spendable:
    """How much more may be held for a run, and what bounds it, as the end of a sentence."""

    amount: int
    bound: str


class Ledger:
    """An account's ledger as it was read, and what is to be entered with a transaction, or not at all."""

    def __init__(self, account_id: str, key_id: str = "") -> None:
        """Read it, and what was spent by one of the account's keys.

        Raises NotFoundError if there is no such account.
        """
        self._account_id = account_id
        self._key_id = key_id
        self._before = self._book = deps().credits.book(account_id, key_id)
        self._entries: list[Entry] = []
        self._spent: dict[str, SpentMonth] = {}
        """In months: what is to be entered."""
        if not self._before.balance.entries and (given := _given(account_id)):
            self.enter(Entry(EntryKind.GRANT, deps().clock(), given, note=OPENING))

    @property
    def balance(self) -> Balance:
        """Return the balance, with what is to be entered."""
        return self._book.balance

    def spendable(self, *, of_job: int) -> Spendable:
        """Return what may be held besides for a job that has cost, or has held, so much already."""
        return min(self._bounds(of_job), key=lambda bound: bound.amount)

    def _bounds(self, of_job: int) -> Iterator[Spendable]:
        now, limits, by_key = deps().clock(), self._book.limits, self._book.by_key
        yield Spendable(self.balance.available, "are available")
        if limits.per_job is not None:
            yield Spendable(max(0, limits.per_job - of_job), "are left of the limit for one job")
        if limits.per_month is not None:
            left = self.balance.spending.left_of(limits.per_month, now)
            yield Spendable(left, "are left of the account's limit for this month")
        if by_key is not None and self._key_id in limits.keys:
            left = by_key.left_of(limits.keys[self._key_id], now)
            yield Spendable(left, "are left of this month's limit of the API key that sent it")

    def enter(self, entry: Entry, models: Mapping[str, int] | None = None) -> None:
        """Have something entered; ``models``: on which how much of it was spent.

        Raises InsufficientFundsError.
        """
        balance, placed = self._book.balance.after(entry)
        by_key = self._book.by_key and self._book.by_key.after(entry)
        self._book = replace(self._book, balance=balance, by_key=by_key)
        self._entries.append(placed)
        if entry.kind in SPENDING and entry.amount < 0:
            month = month_of(entry.at)
            before = self._spent.get(month, SpentMonth(month))
            self._spent[month] = before.after(-entry.amount, models or {})

    def write(self, transaction: Transaction) -> None:
        """Add what is to be entered to a transaction, which is lost if somebody else enters first."""
        if self._entries:
            change = Change(self._before, self._book, self._key_id)
            deps().credits.enter(transaction, self._account_id, change, self._entries)
        for month, further in self._spent.items():
            found = deps().credits.month(self._account_id, month) or self._uncounted(month)
            after = found.after(further.spent, further.models)
            deps().credits.count_month(transaction, self._account_id, found, after)

    def _uncounted(self, month: str) -> SpentMonth:
        """Return a month of which nothing is kept: what an earlier Perch has counted of it goes on."""
        before = self._before.balance.spending
        return SpentMonth(month, before.spent if before.month == month else 0)


def _given(account_id: str) -> int:
    """Return what an account was given when it was opened: nothing of it is entered yet."""
    account = deps().accounts.get(account_id)
    if account is None:
        raise NotFoundError("There is no such account.")
    return account.credits


def balance_of(account: Caller) -> Balance:
    """Return an account's balance."""
    return Ledger(account.account_id).balance


def entries_of(account: Caller, *, before: int | None, at_most: int) -> list[Entry]:
    """Return some entries of an account, the newest first, those below a number if one is given."""
    return list(deps().credits.entries(account.account_id, before=before, at_most=at_most))


def grant(account_id: str, amount: int, note: str) -> Balance:
    """Give an account credits, or take some back; return its balance then.

    Raises NotFoundError, InvalidRequestError, and InsufficientFundsError where more is taken than there is.
    """
    if not 0 < abs(amount) <= LARGEST:
        raise InvalidRequestError(WRONG_AMOUNT)
    return _entered(
        lambda: [(account_id, Entry(EntryKind.GRANT, deps().clock(), amount, note=note))], account_id
    )


def move(
    kind: EntryKind, account: Caller, recipient_id: str, amount: int, note: str, *, entries: int | None = None
) -> Balance:
    """Move credits from one account to another, as a transfer or a payment; return the balance of the first.

    ``entries``: how many the first ledger must have at that moment; so what is sent twice is done once.
    Raises InvalidRequestError, NotFoundError, InsufficientFundsError or ConflictError; then nothing has
    changed.
    """
    if not 0 < amount <= LARGEST:
        raise InvalidRequestError(WRONG_AMOUNT)
    if recipient_id == account.account_id:
        raise InvalidRequestError("The recipient is this account itself: name another one.")

    def both() -> list[tuple[str, Entry]]:
        now = deps().clock()
        return [
            (account.account_id, Entry(kind, now, -amount, other_account=recipient_id, note=note)),
            (recipient_id, Entry(kind, now, amount, other_account=account.account_id, note=note)),
        ]

    return _entered(both, account.account_id, at=entries)


def _entered(
    entries: Callable[[], list[tuple[str, Entry]]], account_id: str, *, at: int | None = None
) -> Balance:
    """Enter into one or more ledgers at once; return the balance of an account among them."""

    def attempt() -> Balance:
        transaction, balances = Transaction(), dict[str, Balance]()
        for each, entry in entries():
            ledger = Ledger(each)
            if each == account_id and at not in {None, ledger.balance.entries}:
                raise ConflictError(CHANGED)
            ledger.enter(entry)
            ledger.write(transaction)
            balances[each] = ledger.balance
        transaction.commit()
        return balances[account_id]

    return or_conflict(attempt, "This ledger is written at this moment. Try again.", tries=TRIES)
