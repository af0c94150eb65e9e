"""Jobs, their runs and slices, and their history: one partition a job tells its whole story.

Sort keys: ``job``; ``run#NUMBER``; ``run#NUMBER#open#START`` (slices still to be done, a window of
them at the most); ``run#NUMBER#slice#START`` (recorded ones); ``history#NUMBER``, and
behind an ending's ``#alert#CHANNEL`` for who was told of it (see ``alerts``). Jobs that have not ended
also have a mark in one of a few partitions of their own, which the sweeper reads: no scan. What an
account's jobs are listed by is in ``job_index``.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.domain.alert import Alert
from chalicelib.domain.history import HistoryItem
from chalicelib.domain.job import Job, OpenJob, RecordedSlice, Run, RunEnd, Slice
from chalicelib.domain.sought import Sought
from chalicelib.domain.status import JobStatus, check_way
from chalicelib.storage.alerts import raise_alerts
from chalicelib.storage.aws import dynamodb
from chalicelib.storage.batches import read_items
from chalicelib.storage.job_index import Found, find_jobs, index_item
from chalicelib.storage.records import from_item, to_item
from chalicelib.storage.transaction import Transaction


def _partition(job_id: str) -> str:
    return f"job#{job_id}"


def _run_key(number: int) -> str:
    return f"run#{number:04d}"


def _open_key(run: int, start: int) -> str:
    return f"{_run_key(run)}#open#{start:09d}"


def _slice_key(run: int, start: int) -> str:
    return f"{_run_key(run)}#slice#{start:09d}"


def _history_key(number: int) -> str:
    return f"history#{number:06d}"


def _when(happened: HistoryItem) -> int:
    return happened.at


SHARDS = 16
"""Partitions of marks: jobs come and end faster than one partition takes writes (1,000 a second)."""


def _mark_key(job_id: str) -> dict[str, str]:
    return {"pk": f"open#{zlib.crc32(job_id.encode()) % SHARDS:02d}", "sk": job_id}


@dataclass(frozen=True)
class JobStore:
    """The jobs table."""

    table: str

    def add(self, job: Job, *, together: Transaction | None = None) -> None:
        """Keep a newly announced job, and make the writes of ``together``: all or nothing.

        Raises LostRaceError if a condition of ``together`` does not hold.
        """
        transaction = Transaction(list(together.writes) if together else [])
        transaction.put(self.table, self._job_item(job))
        transaction.put(self.table, index_item(job))
        transaction.put(self.table, self._mark_item(OpenJob(job.job_id)))
        transaction.commit()

    def get(self, job_id: str) -> Job | None:
        """Return a job, as it is now."""
        item = self._item(job_id, "job")
        return from_item(Job, item) if item else None

    def find(self, account_id: str, sought: Sought, *, at_most: int | None = None) -> Iterator[Found]:
        """Yield the ids of an account's jobs in order, as many at a time as one request brings."""
        return find_jobs(self.table, account_id, sought, at_most=at_most)

    def several(self, job_ids: Iterable[str]) -> dict[str, tuple[Job, tuple[Run, ...]]]:
        """Return jobs with all their runs, by id, as they are now."""
        keys = [{"pk": _partition(job_id), "sk": "job"} for job_id in job_ids]
        jobs = [from_item(Job, item) for item in read_items(self.table, keys)]
        keys = [
            {"pk": _partition(job.job_id), "sk": _run_key(number)}
            for job in jobs
            for number in range(1, job.run + 1)
        ]
        runs: dict[str, list[Run]] = {}
        for item in read_items(self.table, keys):
            run = from_item(Run, item)
            runs.setdefault(run.job_id, []).append(run)
        return {
            job.job_id: (job, tuple(sorted(runs.get(job.job_id, []), key=lambda run: run.number)))
            for job in jobs
        }

    def move(
        self,
        job: Job,
        to: JobStatus,
        happened: HistoryItem,
        *,
        changes: Mapping[str, Any] | None = None,
        together: Transaction | None = None,
    ) -> Job:
        """Change a job's status: the only function that does (P1).

        The status, the history item that tells of it, further ``changes`` of the job and the
        writes of ``together`` become true at once or not at all.

        Raises ConflictError for a way the state machine does not have, LostRaceError if the job
        was changed meanwhile.
        """
        check_way(job.status, to)
        moved = replace(
            job,
            **(changes or {}),
            status=to,
            status_at=happened.at,
            history_count=job.history_count + 1,
        )
        transaction = Transaction(list(together.writes) if together else [])
        transaction.replace(
            self.table,
            self._job_item(moved),
            expected={"status": job.status, "history_count": job.history_count},
        )
        transaction.put(self.table, self._history_item(job, happened))
        transaction.put(self.table, index_item(moved), new=False)
        if to.terminal:
            transaction.delete(self.table, _mark_key(job.job_id), expected={})
            raise_alerts(transaction, self.table, moved)
        elif job.status is not None and job.status.terminal:
            transaction.put(self.table, self._mark_item(OpenJob(job.job_id)), new=False)
        transaction.commit()
        return moved

    def history(self, job_id: str) -> list[HistoryItem]:
        """Return what happened to a job and who was told of it, oldest first."""
        moves: list[HistoryItem] = []
        told: list[HistoryItem] = []
        for item in self._under(_partition(job_id), "history#"):
            (told if "#alert#" in item["sk"] else moves).append(from_item(HistoryItem, item))
        # Only alerts find their place by the clock: changes of status have a number each.
        return list(heapq.merge(moves, sorted(told, key=_when), key=_when))

    def happened(self, job_id: str, number: int) -> HistoryItem | None:
        """Return one change of a job's status."""
        item = self._item(job_id, _history_key(number))
        return from_item(HistoryItem, item) if item else None

    def tell(self, transaction: Transaction, alert: Alert, happened: HistoryItem) -> None:
        """Add to a transaction the history item that says how an alert went.

        It is not one of the numbered ones: whoever changes the job meanwhile is not in its way.
        """
        key = {"pk": _partition(alert.job_id), "sk": f"{_history_key(alert.ending)}#alert#{alert.channel}"}
        transaction.put(self.table, {**key, **to_item(happened)})

    def start_run(self, transaction: Transaction, run: Run, slices: tuple[Slice, ...]) -> None:
        """Add a run and its first open slices to a transaction."""
        transaction.put(self.table, self._run_item(run))
        for opened in slices:
            transaction.put(self.table, self._open_item(opened))

    def run(self, job_id: str, number: int) -> Run | None:
        """Return a run, as it is now."""
        item = self._item(job_id, _run_key(number))
        return from_item(Run, item) if item else None

    def runs(self, job_id: str, newest: int) -> list[Run]:
        """Return a job's runs up to the newest one, as they are now, in order."""
        if newest <= 1:
            found = self.run(job_id, newest)
            return [found] if found else []
        keys = [{"pk": _partition(job_id), "sk": _run_key(number)} for number in range(1, newest + 1)]
        runs = (from_item(Run, item) for item in read_items(self.table, keys))
        return sorted(runs, key=lambda run: run.number)

    def end_run(self, transaction: Transaction, run: Run, end: RunEnd) -> None:
        """Add to a transaction how a run ended; it is lost if the run moved on meanwhile."""
        ended = replace(run, end=end, version=run.version + 1)
        transaction.replace(self.table, self._run_item(ended), expected={"version": run.version})

    def open_slice(self, job_id: str, run: int, start: int) -> Slice | None:
        """Return a slice that is still to be done."""
        item = self._item(job_id, _open_key(run, start))
        return from_item(Slice, item) if item else None

    def open_slices(self, job_id: str, run: int) -> Iterator[Slice]:
        """Return the slices of a run that are opened and still to be done, in order."""
        for item in self._under(_partition(job_id), f"{_run_key(run)}#open#"):
            yield from_item(Slice, item)

    def recorded_slice(self, job_id: str, run: int, start: int) -> RecordedSlice | None:
        """Return a recorded slice."""
        item = self._item(job_id, _slice_key(run, start))
        return from_item(RecordedSlice, item) if item else None

    def recorded_slices(self, job_id: str, run: int) -> Iterator[RecordedSlice]:
        """Return the recorded slices of a run, in order."""
        for item in self._under(_partition(job_id), f"{_run_key(run)}#slice#"):
            yield from_item(RecordedSlice, item)

    def recorded_slice_with(self, job_id: str, run: int, index: int) -> RecordedSlice | None:
        """Return the recorded slice of a run that an interview lies in."""
        table = dynamodb().Table(self.table)
        page = table.query(
            KeyConditionExpression=Key("pk").eq(_partition(job_id))
            & Key("sk").between(_slice_key(run, 0), _slice_key(run, index)),
            ScanIndexForward=False,
            Limit=1,
            ConsistentRead=True,
        )
        found = from_item(RecordedSlice, page["Items"][0]) if page["Items"] else None
        return found if found is not None and found.start <= index < found.stop else None

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
        self, before: Run, after: Run, held: Slice, done: RecordedSlice, opened: Iterable[Slice]
    ) -> None:
        """Record what was done of a slice, once: all of this or nothing (P2).

        The slice is open no more, ``done`` is recorded, the run has its counts, and ``opened`` are
        open: what is left of the slice, and the next ones.

        Raises LostRaceError if the run moved on meanwhile or the slice is no longer the holder's.
        """
        transaction = Transaction()
        key = {"pk": _partition(held.job_id), "sk": _open_key(held.run, held.start)}
        transaction.delete(self.table, key, expected={"claims": held.claims})
        transaction.put(
            self.table,
            {"pk": key["pk"], "sk": _slice_key(done.run, done.start), **to_item(done)},
        )
        transaction.replace(
            self.table,
            self._run_item(replace(after, version=before.version + 1)),
            expected={"version": before.version},
        )
        for fresh in opened:
            transaction.put(self.table, self._open_item(fresh))
        transaction.commit()

    def refill(self, before: Run, after: Run, opened: Iterable[Slice]) -> None:
        """Open further slices of a run. Raises LostRaceError if it moved on meanwhile."""
        transaction = Transaction()
        transaction.replace(
            self.table,
            self._run_item(replace(after, version=before.version + 1)),
            expected={"version": before.version},
        )
        for fresh in opened:
            transaction.put(self.table, self._open_item(fresh))
        transaction.commit()

    def close(self, before: Run) -> Run:
        """Let nothing more be recorded of a run; return it as it is then.

        Raises LostRaceError if it moved on meanwhile.
        """
        after = replace(before, closed=True, version=before.version + 1)
        transaction = Transaction()
        expected = {"version": before.version}
        transaction.replace(self.table, self._run_item(after), expected=expected)
        transaction.commit()
        return after

    def open_jobs(self, *, first: int = 0) -> Iterator[OpenJob]:
        """Return the marks of all jobs that have not ended, partition by partition from one on."""
        for number in range(first, first + SHARDS):
            for item in self._under(f"open#{number % SHARDS:02d}", ""):
                yield from_item(OpenJob, item)

    def mark(self, before: OpenJob, after: OpenJob) -> None:
        """Change an open job's mark. Raises LostRaceError if it is gone or was changed meanwhile."""
        transaction = Transaction()
        expected = {"since": before.since, "nudges": before.nudges}
        transaction.replace(self.table, self._mark_item(after), expected=expected)
        transaction.commit()

    def _item(self, job_id: str, sort: str) -> Mapping[str, Any] | None:
        table = dynamodb().Table(self.table)
        answer = table.get_item(Key={"pk": _partition(job_id), "sk": sort}, ConsistentRead=True)
        return answer.get("Item")

    def _under(self, partition: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        table = dynamodb().Table(self.table)
        condition: ConditionBase = Key("pk").eq(partition)
        if prefix:
            condition &= Key("sk").begins_with(prefix)
        start: dict[str, Any] = {}
        while True:
            page = table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _job_item(self, job: Job) -> dict[str, Any]:
        return {"pk": _partition(job.job_id), "sk": "job", **to_item(job)}

    def _run_item(self, run: Run) -> dict[str, Any]:
        return {"pk": _partition(run.job_id), "sk": _run_key(run.number), **to_item(run)}

    def _open_item(self, item: Slice) -> dict[str, Any]:
        return {"pk": _partition(item.job_id), "sk": _open_key(item.run, item.start), **to_item(item)}

    def _mark_item(self, mark: OpenJob) -> dict[str, Any]:
        return {**_mark_key(mark.job_id), **to_item(mark)}

    def _history_item(self, job: Job, happened: HistoryItem) -> dict[str, Any]:
        return {
            "pk": _partition(job.job_id),
            "sk": _history_key(job.history_count),
            **to_item(happened),
        }
