"""What happened to accounts' caches, and what runs made of them; in the cache's table.

Partitions ``log#ACCOUNT`` and ``used#ACCOUNT`` in the order of time; an earlier Perch kept the latter in
``use#ACCOUNT`` with sort key ``JOB#RUN``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.domain.cache.usage import CacheUse
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import delete_items, items_under, items_where, write_items
from chalicelib.storage.aws.transaction import Transaction


@dataclass(frozen=True)
class LogItem:
    """Something that changed an account's cache."""

    at: int
    """Milliseconds since 1970."""
    description: str
    entries: int
    log_id: str
    """A UUID."""
    job_id: str = ""

    @property
    def place(self) -> str:
        """Return where in its account's log it stands; later items have greater places."""
        return f"{self.at:015d}#{self.log_id}"


@dataclass(frozen=True)
class RunUse:
    """What a run made of its account's cache."""

    job_id: str
    run: int
    at: int
    """When the run ended."""
    use: CacheUse


@dataclass(frozen=True)
class CacheLog:
    """The cache's table."""

    table: str

    def add(self, account_id: str, item: LogItem) -> None:
        """Write something into an account's log."""
        dynamodb().Table(self.table).put_item(Item=_log_item(account_id, item))

    def add_to(self, transaction: Transaction, account_id: str, item: LogItem) -> None:
        """Let a transaction write something into an account's log."""
        transaction.put(self.table, _log_item(account_id, item))

    def items(self, account_id: str, *, at_most: int, before: str = "") -> list[LogItem]:
        """Return the latest of an account's log, newest first: those before a ``place``, if it is given."""
        condition: ConditionBase = Key("pk").eq(_log(account_id))
        if before:
            condition &= Key("sk").lt(before)
        found = items_where(self.table, condition, newest_first=True, at_most=at_most)
        return [from_item(LogItem, item) for item in found]

    def clear(self, account_id: str) -> int:
        """Empty an account's log; return how many items it had.

        Raises ItemsNotWrittenError: some of them may be gone.
        """
        items = items_where(self.table, Key("pk").eq(_log(account_id)), ("pk", "sk"))
        places: list[dict[str, str]] = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
        write_items(self.table, deleted=places)
        return len(places)

    def forget(self, account_id: str) -> None:
        """Keep nothing any longer of what happened to an account's cache. Raises ItemsNotWrittenError."""
        for partition in (_log(account_id), _uses(account_id), _earlier_uses(account_id)):
            delete_items(self.table, partition)

    def all(self, account_id: str) -> Iterator[LogItem]:
        """Yield an account's whole log, oldest first."""
        for item in items_under(self.table, _log(account_id)):
            yield from_item(LogItem, item)

    def note_use(  # noqa: PLR0917 - the order that a sentence has
        self, transaction: Transaction, account_id: str, job_id: str, run: int, at: int, use: CacheUse
    ) -> None:
        """Let a transaction write down what a run made of its account's cache."""
        place = {"pk": _uses(account_id), "sk": f"{at:015d}#{job_id}#{run:04d}"}
        transaction.put(self.table, {**place, "at": at, "use": to_item(use)}, new=False)

    def uses(self, account_id: str) -> Iterator[RunUse]:
        """Yield what all runs made of an account's cache."""
        for partition in (_earlier_uses(account_id), _uses(account_id)):
            yield from map(_run_use, items_under(self.table, partition))

    def latest_uses(self, account_id: str, *, at_most: int) -> list[RunUse]:
        """Return what the latest runs made of an account's cache, newest first."""
        found = chain.from_iterable(
            items_where(self.table, Key("pk").eq(partition), newest_first=True, at_most=at_most)
            for partition in (_uses(account_id), _earlier_uses(account_id))
        )
        return [_run_use(item) for item in islice(found, at_most)]


def _log(account_id: str) -> str:
    return f"log#{account_id}"


def _uses(account_id: str) -> str:
    return f"used#{account_id}"


def _earlier_uses(account_id: str) -> str:
    return f"use#{account_id}"


def _run_use(item: Mapping[str, Any]) -> RunUse:
    job_id, run = str(item["sk"]).split("#")[-2:]
    return RunUse(job_id, int(run), int(item["at"]), from_item(CacheUse, item["use"]))


def _log_item(account_id: str, item: LogItem) -> dict[str, Any]:
    return {"pk": _log(account_id), "sk": item.place, **to_item(item)}
