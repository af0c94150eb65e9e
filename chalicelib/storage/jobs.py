"""Jobs, their runs and slices, and their history: one partition a job tells its whole story.

Sort keys: ``job``; ``run#NUMBER``; ``run#NUMBER#slice#START``; ``history#NUMBER``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.history import HistoryItem
from chalicelib.domain.job import Job, Run, Slice
from chalicelib.domain.status import JobStatus, check_way
from chalicelib.storage.aws import dynamodb
from chalicelib.storage.records import from_item, to_item
from chalicelib.storage.transaction import LostRaceError, Transaction


def _partition(job_id: str) -> str:
    return f"job#{job_id}"


def _run_key(number: int) -> str:
    return f"run#{number:04d}"


def _slice_key(run: int, start: int) -> str:
    return f"{_run_key(run)}#slice#{start:09d}"


@dataclass(frozen=True)
class JobStore:
    """The jobs table."""

    table: str

    def add(self, job: Job) -> None:
        """Keep a newly announced job."""
        transaction = Transaction()
        transaction.put(self.table, self._job_item(job))
        transaction.commit()

    def get(self, job_id: str) -> Job | None:
        """Return a job, as it is now."""
        item = self._item(job_id, "job")
        return from_item(Job, item) if item else None

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
        moved = replace(job, **(changes or {}), status=to, history_count=job.history_count + 1)
        transaction = Transaction(list(together.writes) if together else [])
        transaction.replace(
            self.table,
            self._job_item(moved),
            expected={"status": job.status, "history_count": job.history_count},
        )
        transaction.put(self.table, self._history_item(job, happened))
        transaction.commit()
        return moved

    def history(self, job_id: str) -> list[HistoryItem]:
        """Return what happened to a job, oldest first."""
        return [from_item(HistoryItem, item) for item in self._under(job_id, "history#")]

    def start_run(self, transaction: Transaction, run: Run, slices: tuple[Slice, ...]) -> None:
        """Add a run and its first open slices to a transaction."""
        transaction.put(self.table, self._run_item(run))
        for opened in slices:
            transaction.put(self.table, self._slice_item(opened))

    def run(self, job_id: str, number: int) -> Run | None:
        """Return a run, as it is now."""
        item = self._item(job_id, _run_key(number))
        return from_item(Run, item) if item else None

    def slice(self, job_id: str, run: int, start: int) -> Slice | None:
        """Return an opened slice."""
        item = self._item(job_id, _slice_key(run, start))
        return from_item(Slice, item) if item else None

    def slices(self, job_id: str, run: int) -> Iterator[Slice]:
        """Return the opened slices of a run, in order."""
        for item in self._under(job_id, f"{_run_key(run)}#slice#"):
            yield from_item(Slice, item)

    def claim(self, claimed: Slice, *, now: int, until: int) -> Slice:
        """Take a slice for a while, so that a second delivery of its message does not run it too.

        Raises LostRaceError if it is recorded or somebody else holds it.
        """
        if claimed.recorded or claimed.lease_until > now:
            raise LostRaceError("the slice is held or done")
        held = replace(claimed, lease_until=until, attempts=claimed.attempts + 1)
        transaction = Transaction()
        self._replace_slice(transaction, claimed, held)
        transaction.commit()
        return held

    def record(self, before: Run, after: Run, held: Slice, opened: tuple[Slice, ...]) -> None:
        """Record a slice once: it, its run's counts and the slices it opens, all or none (P2).

        Raises LostRaceError if the run moved on meanwhile or the slice is no longer the holder's.
        """
        transaction = Transaction()
        self._replace_slice(transaction, held, replace(held, recorded=True, lease_until=0))
        transaction.replace(
            self.table,
            self._run_item(replace(after, version=before.version + 1)),
            expected={"version": before.version},
        )
        for fresh in opened:
            transaction.put(self.table, self._slice_item(fresh))
        transaction.commit()

    def _replace_slice(self, transaction: Transaction, before: Slice, after: Slice) -> None:
        transaction.replace(
            self.table,
            self._slice_item(after),
            expected={
                "recorded": before.recorded,
                "lease_until": before.lease_until,
                "attempts": before.attempts,
            },
        )

    def _item(self, job_id: str, sort: str) -> Mapping[str, Any] | None:
        table = dynamodb().Table(self.table)
        answer = table.get_item(Key={"pk": _partition(job_id), "sk": sort}, ConsistentRead=True)
        return answer.get("Item")

    def _under(self, job_id: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        table = dynamodb().Table(self.table)
        condition = Key("pk").eq(_partition(job_id)) & Key("sk").begins_with(prefix)
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

    def _slice_item(self, item: Slice) -> dict[str, Any]:
        return {"pk": _partition(item.job_id), "sk": _slice_key(item.run, item.start), **to_item(item)}

    def _history_item(self, job: Job, happened: HistoryItem) -> dict[str, Any]:
        return {
            "pk": _partition(job.job_id),
            "sk": f"history#{job.history_count:06d}",
            **to_item(happened),
        }
