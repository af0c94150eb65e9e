"""Runs and their slices, in the partition of their job.

Sort keys: ``run#NUMBER``; ``run#NUMBER#open#START`` (slices still to be done, a window of them at the
most); ``run#NUMBER#slice#START`` (recorded ones); ``waits#NUMBER`` (that it waits for a provider's limit).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.runs.run import Run, RunEnd
from chalicelib.domain.runs.slice import RecordedSlice, Slice
from chalicelib.domain.runs.waiting import LimitWait
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import item_of, items_under, items_where, job_partition, read_items
from chalicelib.storage.aws.transaction import Transaction

LAST_START = 999_999_999


def _run_key(number: int) -> str:
    return f"run#{number:04d}"


def _open_key(run: int, start: int) -> str:
    return f"{_run_key(run)}#open#{start:09d}"


def _slice_key(run: int, start: int) -> str:
    return f"{_run_key(run)}#slice#{start:09d}"


def _wait_key(run: int) -> str:
    return f"waits#{run:04d}"


def read_runs(table: str, newest: Mapping[str, int]) -> dict[str, tuple[Run, ...]]:
    """Return the runs of some jobs, each up to its newest one, as they are now, in order.

    ``newest`` are the numbers of these by the jobs' ids.
    """
    keys = [
        {"pk": job_partition(job_id), "sk": _run_key(number)}
        for job_id, last in newest.items()
        for number in range(1, last + 1)
    ]
    runs = sorted((from_item(Run, item) for item in read_items(table, keys)), key=lambda run: run.number)
    return {job_id: tuple(run for run in runs if run.job_id == job_id) for job_id in newest}


@dataclass(frozen=True)
class RunStore:
    """The runs in the jobs table."""

    table: str

    def start(self, transaction: Transaction, run: Run, slices: tuple[Slice, ...]) -> None:
        """Add a run and its first open slices to a transaction."""
        transaction.put(self.table, self._run_item(run))
        for opened in slices:
            transaction.put(self.table, self._open_item(opened))

    def get(self, job_id: str, number: int) -> Run | None:
        """Return a run, as it is now."""
        item = item_of(self.table, job_partition(job_id), _run_key(number))
        return from_item(Run, item) if item else None

    def those(self, numbers: Mapping[str, int]) -> dict[str, Run]:
        """Return a run of each of some jobs, as they are now, by the jobs' ids; ``numbers`` are theirs."""
        keys = [{"pk": job_partition(job_id), "sk": _run_key(run)} for job_id, run in numbers.items()]
        runs = (from_item(Run, item) for item in read_items(self.table, keys))
        return {run.job_id: run for run in runs}

    def several(self, job_id: str, newest: int) -> list[Run]:
        """Return a job's runs up to the newest one, as they are now, in order."""
        if newest < 1:
            return []
        if newest == 1:
            found = self.get(job_id, newest)
            return [found] if found else []
        return list(read_runs(self.table, {job_id: newest})[job_id])

    def end(self, transaction: Transaction, run: Run, end: RunEnd) -> None:
        """Add to a transaction how a run ended; it is lost if the run moved on meanwhile."""
        self._change(transaction, run, replace(run, end=end))

    def open_slice(self, job_id: str, run: int, start: int) -> Slice | None:
        """Return a slice that is still to be done."""
        item = item_of(self.table, job_partition(job_id), _open_key(run, start))
        return from_item(Slice, item) if item else None

    def open_slices(self, job_id: str, run: int) -> Iterator[Slice]:
        """Return the slices of a run that are opened and still to be done, in order."""
        for item in items_under(self.table, job_partition(job_id), f"{_run_key(run)}#open#"):
            yield from_item(Slice, item)

    def under_way(self, job_id: str, number: int) -> tuple[Run | None, tuple[Slice, ...]]:
        """Return a run and its open slices by one query, which may see a transaction half done."""
        upto = Key("sk").between(_run_key(number), _open_key(number, LAST_START))
        items = list(items_where(self.table, Key("pk").eq(job_partition(job_id)) & upto))
        if not items or items[0]["sk"] != _run_key(number):
            return None, ()
        return from_item(Run, items[0]), tuple(from_item(Slice, item) for item in items[1:])

    def recorded_slice(self, job_id: str, run: int, start: int) -> RecordedSlice | None:
        """Return a recorded slice."""
        item = item_of(self.table, job_partition(job_id), _slice_key(run, start))
        return from_item(RecordedSlice, item) if item else None

    def recorded_slices(self, job_id: str, run: int) -> Iterator[RecordedSlice]:
        """Return the recorded slices of a run, in order."""
        for item in items_under(self.table, job_partition(job_id), f"{_run_key(run)}#slice#"):
            yield from_item(RecordedSlice, item)

    def recorded_slice_with(self, job_id: str, run: int, index: int) -> RecordedSlice | None:
        """Return the recorded slice of a run that an interview lies in."""
        upto = Key("sk").between(_slice_key(run, 0), _slice_key(run, index))
        condition = Key("pk").eq(job_partition(job_id)) & upto
        items = items_where(self.table, condition, newest_first=True, at_most=1)
        found = next((from_item(RecordedSlice, item) for item in items), None)
        return found if found is not None and found.start <= index < found.stop else None

    def note_wait(self, job_id: str, run: int, wait: LimitWait) -> None:
        """Note that a run waits for a provider's limit, over what was noted before."""
        item = {"pk": job_partition(job_id), "sk": _wait_key(run), **to_item(wait)}
        dynamodb().meta.client.put_item(TableName=self.table, Item=item)

    def wait(self, job_id: str, run: int) -> LimitWait | None:
        """Return what was noted last of a run that waits for a provider's limit; it may be over."""
        item = item_of(self.table, job_partition(job_id), _wait_key(run))
        return from_item(LimitWait, item) if item else None

    def claim(self, found: Slice, claimed: Slice) -> None:
        """Take a slice, so that a second delivery of its message does not run it too.

        Raises LostRaceError if somebody else has claimed it, or its holder has renewed its lease.
        """
        transaction = Transaction()
        expected = {"claims": found.claims, "lease_until": found.lease_until}
        transaction.replace(self.table, self._open_item(claimed), expected=expected)
        transaction.commit()

    def keep_hold(self, held: Slice) -> None:
        """Write down how a slice stands, as its holder: with a longer lease, or with none.

        Raises LostRaceError if it is somebody else's by now.
        """
        transaction = Transaction()
        transaction.replace(self.table, self._open_item(held), expected={"claims": held.claims})
        transaction.commit()

    def halve(self, found: Slice) -> tuple[Slice, Slice]:
        """Make two slices of one that nobody holds; return them.

        Raises LostRaceError if somebody has claimed it.
        """
        first, second = found.halves()
        transaction = Transaction()
        expected = {"claims": found.claims, "lease_until": found.lease_until}
        transaction.replace(self.table, self._open_item(first), expected=expected)
        transaction.put(self.table, self._open_item(second))
        transaction.commit()
        return first, second

    def record(
        self,
        transaction: Transaction,
        before: Run,
        after: Run,
        held: Slice,
        done: RecordedSlice,
        *,
        opened: Iterable[Slice],
    ) -> None:
        """Record what was done of a slice, once: all of this and the rest of a transaction, or nothing (P2).

        The slice is open no more, ``done`` is recorded, the run has its counts, and ``opened`` are
        open: what is left of the slice, and the next ones.

        Raises LostRaceError if the run moved on meanwhile or the slice is no longer the holder's.
        """
        key = {"pk": job_partition(held.job_id), "sk": _open_key(held.run, held.start)}
        transaction.delete(self.table, key, expected={"claims": held.claims})
        transaction.put(
            self.table,
            {"pk": key["pk"], "sk": _slice_key(done.run, done.start), **to_item(done)},
        )
        self._change(transaction, before, after, opened)
        transaction.commit()

    def refill(self, transaction: Transaction, before: Run, after: Run, opened: Iterable[Slice]) -> None:
        """Open further slices of a run, with the rest of a transaction.

        Raises LostRaceError if it moved on meanwhile.
        """
        self._change(transaction, before, after, opened)
        transaction.commit()

    def change(self, transaction: Transaction, before: Run, after: Run) -> None:
        """Add a run's change to a transaction; it is lost if the run moved on meanwhile."""
        self._change(transaction, before, after)

    def close(self, before: Run) -> Run:
        """Let nothing more be recorded of a run; return it as it is then.

        Raises LostRaceError if it moved on meanwhile.
        """
        transaction = Transaction()
        after = self._change(transaction, before, replace(before, closed=True))
        transaction.commit()
        return after

    def _change(self, transaction: Transaction, before: Run, after: Run, opened: Iterable[Slice] = ()) -> Run:
        """Add a run's change to a transaction, and the slices opened with it; return the run as it is then.

        The transaction is lost if the run moved on meanwhile.
        """
        written = replace(after, version=before.version + 1)
        expected = {"version": before.version}
        transaction.replace(self.table, self._run_item(written), expected=expected)
        for fresh in opened:
            transaction.put(self.table, self._open_item(fresh))
        return written

    def _run_item(self, run: Run) -> dict[str, Any]:
        return {"pk": job_partition(run.job_id), "sk": _run_key(run.number), **to_item(run)}

    def _open_item(self, item: Slice) -> dict[str, Any]:
        return {"pk": job_partition(item.job_id), "sk": _open_key(item.run, item.start), **to_item(item)}
