"""The ledgers of accounts: a partition an account, ``balance`` and an item an entry, ``entry#NUMBER``.

Balance and entries are always written in one transaction, on the condition that the ledger has
just as many entries as it had when it was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.credits.ledger import Balance, Entry
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import item_of, items_where
from chalicelib.storage.aws.transaction import Transaction

BALANCE = "balance"


@dataclass(frozen=True)
class CreditStore:
    """The credits table."""

    table: str

    def balance(self, account_id: str) -> Balance | None:
        """Return an account's balance as it is now; None: nothing was ever entered."""
        item = item_of(self.table, account_id, BALANCE)
        return from_item(Balance, item) if item else None

    def enter(
        self,
        transaction: Transaction,
        account_id: str,
        before: Balance,
        after: Balance,
        entries: Sequence[Entry],
    ) -> None:
        """Add entries, with the balance before and after them, to a transaction.

        It is lost if anything else was entered meanwhile.
        """
        item = {"pk": account_id, "sk": BALANCE, **to_item(after)}
        if before.entries:
            transaction.replace(self.table, item, expected={"entries": before.entries})
        else:
            transaction.put(self.table, item)
        for entry in entries:
            transaction.put(self.table, self._entry_item(account_id, entry))

    def entries(self, account_id: str, *, before: int | None = None, at_most: int) -> Iterator[Entry]:
        """Return some entries of an account, the newest first; ``before`` is a number to begin below."""
        upto = _entry_key(before - 1 if before is not None else 10**12 - 1)
        condition = Key("pk").eq(account_id) & Key("sk").between(_entry_key(0), upto)
        for item in items_where(self.table, condition, newest_first=True, at_most=at_most):
            yield from_item(Entry, item)

    def _entry_item(self, account_id: str, entry: Entry) -> dict[str, Any]:
        return {"pk": account_id, "sk": _entry_key(entry.number), **to_item(entry)}


def _entry_key(number: int) -> str:
    return f"entry#{number:012d}"
