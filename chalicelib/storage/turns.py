"""Which slices wait for a worker, and which have one: small marks in one partition of the jobs table.

Sort keys: ``waiting#ACCOUNT#JOB#RUN#START`` and ``working#ACCOUNT#JOB#RUN#START``. They are hints by which
workers make room for each other: one that is lost, or left behind, costs a turn and no more. What is
true of a slice is in its run (see ``runs``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.runs.turns import Place, Waiting, Working
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import delete_items, items_where, write_items

PARTITION = "turns"
LAST = "~"
"""Sorts behind whatever an account's id is made of."""
MOST_READ = 500
"""Marks at one look, which happens twice a second."""


@dataclass(frozen=True)
class TurnStore:
    """The marks of slices in the jobs table."""

    table: str

    def wait(self, places: Iterable[Place], *, since: int) -> None:
        """Mark slices as waiting, again if they were before."""
        write_items(self.table, [_item("waiting", place, Waiting(place, since)) for place in places])

    def work(self, place: Place, *, until: int) -> None:
        """Mark a slice as one that has a worker, and waits no more."""
        item = _item("working", place, Working(place, until))
        write_items(self.table, [item], deleted=[_key("waiting", place)])

    def rest(self, place: Place) -> None:
        """Take away the mark of a slice that has a worker."""
        write_items(self.table, deleted=[_key("working", place)])

    def forget(self, places: Iterable[Place]) -> None:
        """Take away the marks of slices that do not wait."""
        write_items(self.table, deleted=[_key("waiting", place) for place in places])

    def forget_job(self, account_id: str, job_id: str) -> None:
        """Take away whatever marks a job has left behind."""
        for kind in ("waiting", "working"):
            delete_items(self.table, PARTITION, f"{kind}#{account_id}#{job_id}#")

    def waiting(self) -> list[Waiting]:
        """Return slices that wait, some of them if they are very many."""
        return self._waiting([("", LAST)])

    def others_waiting(self, account_id: str) -> list[Waiting]:
        """Return slices of other accounts that wait, some of them if they are very many."""
        return self._waiting([("", f"{account_id}#"), (f"{account_id}#{LAST}", LAST)])

    def working(self) -> list[Working]:
        """Return slices that have a worker, or had one until it died."""
        found = self._between("working", "", LAST)
        return [from_item(Working, item) for item in islice(found, MOST_READ)]

    def _waiting(self, ranges: Sequence[tuple[str, str]]) -> list[Waiting]:
        found = chain.from_iterable(self._between("waiting", first, last) for first, last in ranges)
        return [from_item(Waiting, item) for item in islice(found, MOST_READ)]

    def _between(self, kind: str, first: str, last: str) -> Iterable[Any]:
        condition = Key("pk").eq(PARTITION) & Key("sk").between(f"{kind}#{first}", f"{kind}#{last}")
        return items_where(self.table, condition)


def _key(kind: str, place: Place) -> dict[str, str]:
    name = f"{place.account_id}#{place.job_id}#{place.run:04d}#{place.start:09d}"
    return {"pk": PARTITION, "sk": f"{kind}#{name}"}


def _item(kind: str, place: Place, mark: Waiting | Working) -> dict[str, Any]:
    return {**_key(kind, place), **to_item(mark)}
