"""The ledgers of accounts, a partition an account.

Sort keys: ``balance``; ``entry#NUMBER``, one item an entry; ``limits``; ``spending#KEY_ID``, what was spent
in a month by an API key; ``month#YYYY-MM``, what was spent in a month. Balance, entries, spending and months
are always written in one transaction, on the condition that what is counted is as it was when it was read.
The partition ``accuracy`` belongs to no account: an item a model, how estimates of it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.credits.entry import Entry
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.limits import AccountLimits
from chalicelib.domain.credits.month import SpentMonth
from chalicelib.domain.credits.spending import Spending
from chalicelib.domain.estimates.accuracy import Accuracy
from chalicelib.domain.providers.service import LONGEST_MODEL, ModelUse
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import (
    delete_items,
    in_batches,
    item_of,
    items_under,
    items_where,
    read_items,
    write_items,
)
from chalicelib.storage.aws.transaction import Transaction

BALANCE, LIMITS, SPENDING, ENTRY, MONTH = "balance", "limits", "spending", "entry#", "month#"
AT_A_TIME = 100
ACCURACY = "accuracy"


@dataclass(frozen=True)
class Book:
    """What is kept of an account's credits beside the entries; at first nothing."""

    balance: Balance = field(default_factory=Balance)
    limits: AccountLimits = field(default_factory=AccountLimits)
    by_key: Spending | None = None
    """What was spent by one key; None: no key was asked about."""


@dataclass(frozen=True)
class Change:
    """A book as it was read, and as it is to be."""

    before: Book
    after: Book
    key_id: str = ""


@dataclass(frozen=True)
class CreditStore:
    """The credits table."""

    table: str

    def book(self, account_id: str, key_id: str = "") -> Book:
        """Return an account's book as it is now, and what was spent by one of its keys."""
        sorts = [BALANCE, LIMITS, *([_spending_key(key_id)] if key_id else [])]
        keys = [{"pk": account_id, "sk": sort} for sort in sorts]
        found = {str(item["sk"]): item for item in read_items(self.table, keys)}
        by_key = found.get(_spending_key(key_id))
        spent = (from_item(Spending, by_key) if by_key else Spending()) if key_id else None
        return replace(_book(found.get(BALANCE), found.get(LIMITS)), by_key=spent)

    def books(self, account_ids: Sequence[str]) -> dict[str, Book]:
        """Return the books of some accounts, as they are now."""
        keys = [{"pk": each, "sk": sort} for each in account_ids for sort in (BALANCE, LIMITS)]
        found = {(str(item["pk"]), str(item["sk"])): item for item in read_items(self.table, keys)}
        return {each: _book(found.get((each, BALANCE)), found.get((each, LIMITS))) for each in account_ids}

    def spent_by_keys(self, account_id: str, key_ids: Iterable[str]) -> dict[str, Spending]:
        """Return what was spent by keys, by their ids; those that nothing was spent by are left out."""
        names = {_spending_key(key_id): key_id for key_id in key_ids}
        found = read_items(self.table, [{"pk": account_id, "sk": name} for name in names])
        return {names[str(item["sk"])]: from_item(Spending, item) for item in found}

    def enter(
        self, transaction: Transaction, account_id: str, change: Change, entries: Sequence[Entry]
    ) -> None:
        """Add entries, with what is kept beside them, to a transaction.

        It is lost if anything else was entered meanwhile.
        """
        before, after = change.before, change.after
        expected = {"entries": before.balance.entries}
        self._write(transaction, {"pk": account_id, "sk": BALANCE}, after.balance, expected=expected)
        if before.by_key is not None and after.by_key != before.by_key:
            key = {"pk": account_id, "sk": _spending_key(change.key_id)}
            expected = {"version": before.by_key.version}
            self._write(transaction, key, after.by_key, expected=expected)
        for entry in entries:
            transaction.put(self.table, self._entry_item(account_id, entry))

    def month(self, account_id: str, month: str) -> SpentMonth | None:
        """Return what an account has spent in a month, if that is kept."""
        item = item_of(self.table, account_id, MONTH + month)
        return from_item(SpentMonth, item) if item else None

    def months(self, account_id: str, *, at_most: int) -> list[SpentMonth]:
        """Return the newest months in which an account has spent something, the newest first."""
        condition = Key("pk").eq(account_id) & Key("sk").begins_with(MONTH)
        items = items_where(self.table, condition, newest_first=True, at_most=at_most)
        return [from_item(SpentMonth, item) for item in items]

    def count_month(
        self, transaction: Transaction, account_id: str, before: SpentMonth, after: SpentMonth
    ) -> None:
        """Add to a transaction what was spent in a month; it is lost if that was counted meanwhile."""
        key = {"pk": account_id, "sk": MONTH + after.month}
        self._write(transaction, key, after, expected={"version": before.version})

    def set_limits(self, transaction: Transaction, account_id: str, limits: AccountLimits) -> None:
        """Add an account's limits to a transaction, which is lost if others were set meanwhile."""
        expected = {"version": limits.version}
        written = replace(limits, version=limits.version + 1)
        self._write(transaction, {"pk": account_id, "sk": LIMITS}, written, expected=expected)

    def accuracies(self, models: Iterable[ModelUse]) -> dict[ModelUse, Accuracy]:
        """Return how estimates of models did, of those of which anything is known."""
        keys = {_model_key(model): model for model in models}
        items = read_items(self.table, [{"pk": ACCURACY, "sk": key} for key in keys])
        return {keys[str(item["sk"])]: from_item(Accuracy, item) for item in items}

    def count_run(self, model: ModelUse, before: Accuracy, after: Accuracy) -> None:
        """Write down how estimates of a model did; raises LostRaceError if another run was just counted."""
        transaction = Transaction()
        key = {"pk": ACCURACY, "sk": _model_key(model)}
        self._write(transaction, key, after, expected={"runs": before.runs})
        transaction.commit()

    def entries(self, account_id: str, *, before: int | None = None, at_most: int) -> Iterator[Entry]:
        """Return some entries of an account, the newest first; ``before`` is a number to begin below."""
        upto = _entry_key(before - 1 if before is not None else 10**12 - 1)
        condition = Key("pk").eq(account_id) & Key("sk").between(_entry_key(0), upto)
        for item in items_where(self.table, condition, newest_first=True, at_most=at_most):
            yield from_item(Entry, item)

    def entry(self, account_id: str, number: int) -> Entry | None:
        """Return one entry of an account."""
        item = item_of(self.table, account_id, _entry_key(number))
        return from_item(Entry, item) if item else None

    def all_entries(self, account_id: str) -> Iterator[Entry]:
        """Yield all entries of an account, the oldest first."""
        for item in items_under(self.table, account_id, ENTRY):
            yield from_item(Entry, item)

    def make_anonymous(self, account_id: str) -> None:
        """Leave of a ledger its amounts and times only: no notes, jobs, limits, nothing of keys and models.

        Raises ItemsNotWrittenError: some of it may be done.
        """
        told = (entry for entry in self.all_entries(account_id) if entry.note or entry.job_id)
        for batch in in_batches(told, AT_A_TIME):
            bare = [replace(entry, note="", job_id="") for entry in batch]
            write_items(self.table, [self._entry_item(account_id, entry) for entry in bare])
        delete_items(self.table, account_id, SPENDING)
        delete_items(self.table, account_id, LIMITS)
        delete_items(self.table, account_id, MONTH)

    def _write(
        self,
        transaction: Transaction,
        key: Mapping[str, str],
        record: object,
        *,
        expected: Mapping[str, int],
    ) -> None:
        """Write a record over the one that was read, or as the first one."""
        item = {**key, **to_item(record)}
        if any(expected.values()):
            transaction.replace(self.table, item, expected=expected)
        else:
            transaction.put(self.table, item)

    def _entry_item(self, account_id: str, entry: Entry) -> dict[str, Any]:
        return {"pk": account_id, "sk": _entry_key(entry.number), **to_item(entry)}


def _book(balance: Mapping[str, Any] | None, limits: Mapping[str, Any] | None) -> Book:
    return Book(
        from_item(Balance, balance) if balance else Balance(),
        from_item(AccountLimits, limits) if limits else AccountLimits(),
    )


def _model_key(model: ModelUse) -> str:
    return f"{model.service}#{model.model[:LONGEST_MODEL]}"


def _entry_key(number: int) -> str:
    return f"{ENTRY}{number:012d}"


def _spending_key(key_id: str) -> str:
    return f"{SPENDING}#{key_id}"
