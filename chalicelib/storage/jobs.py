"""Jobs and their history; with their runs (see ``runs``), one partition a job tells its whole story.

Sort keys: ``job``; ``history#NUMBER``, and behind an ending's ``#alert#CHANNEL`` for who was told of it
(see ``alerts``). Jobs that have not ended also have a mark in one of a few partitions of their own,
which the sweeper reads: no scan. What an account's jobs are listed by is in ``job_index``.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.alerts.alert import Alert
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import Job, OpenJob
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus, check_way
from chalicelib.storage.alerts.outbox import raise_alerts
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.listing import Found
from chalicelib.storage.aws.tables import (
    item_of,
    items_under,
    job_partition,
    read_items,
    shard_of,
    shards_from,
)
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.job_index import count_jobs, find_jobs, index_item
from chalicelib.storage.runs import read_runs


def _history_key(number: int) -> str:
    return f"history#{number:06d}"


def _when(happened: HistoryItem) -> int:
    return happened.at


def _mark_key(job_id: str) -> dict[str, str]:
    return {"pk": f"open#{shard_of(job_id)}", "sk": job_id}


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
        item = item_of(self.table, job_partition(job_id), "job")
        return from_item(Job, item) if item else None

    def find(self, account_id: str, query: JobQuery, *, at_most: int | None = None) -> Iterator[Found]:
        """Yield the ids of an account's jobs in order, as many at a time as one request brings."""
        return find_jobs(self.table, account_id, query, at_most=at_most)

    def count(self, account_id: str, *, at_most: int) -> int:
        """Return how many jobs an account has, looking no further than so many."""
        return count_jobs(self.table, account_id, at_most=at_most)

    def those(self, job_ids: Iterable[str]) -> list[Job]:
        """Return jobs by their ids, as they are now, in no order; those that are gone are left out."""
        keys = [{"pk": job_partition(job_id), "sk": "job"} for job_id in job_ids]
        return [from_item(Job, item) for item in read_items(self.table, keys)]

    def several(self, job_ids: Iterable[str]) -> dict[str, tuple[Job, tuple[Run, ...]]]:
        """Return jobs with all their runs, by id, as they are now."""
        jobs = self.those(job_ids)
        runs = read_runs(self.table, {job.job_id: job.run for job in jobs})
        return {job.job_id: (job, runs[job.job_id]) for job in jobs}

    def move(
        self,
        job: Job,
        to: JobStatus,
        happened: HistoryItem,
        *,
        before: Sequence[HistoryItem] = (),
        changes: Mapping[str, Any] | None = None,
        together: Transaction | None = None,
    ) -> Job:
        """Change a job's status: the only function that does (P1).

        The status, the history item that tells of it, those that are told ``before`` it, further
        ``changes`` of the job and the writes of ``together`` become true at once or not at all.

        Raises ConflictError for a way the state machine does not have, LostRaceError if the job
        was changed meanwhile.
        """
        check_way(job.status, to)
        moved = replace(
            job,
            **(changes or {}),
            status=to,
            status_at=happened.at,
            history_count=job.history_count + len(before) + 1,
        )
        transaction = Transaction(list(together.writes) if together else [])
        transaction.replace(
            self.table,
            self._job_item(moved),
            expected={"status": job.status, "history_count": job.history_count},
        )
        for number, item in enumerate((*before, happened), start=job.history_count):
            transaction.put(self.table, self._history_item(job, number, item))
        transaction.put(self.table, index_item(moved), new=False)
        if to.terminal:
            transaction.delete(self.table, _mark_key(job.job_id), expected={})
            raise_alerts(transaction, self.table, moved)
        elif job.status is not None and job.status.terminal:
            transaction.put(self.table, self._mark_item(OpenJob(job.job_id)), new=False)
        transaction.commit()
        return moved

    def note(
        self, job: Job, happened: HistoryItem, *, changes: Mapping[str, Any], together: Transaction
    ) -> Job:
        """Write down what happened to a job without changing its status, and further ``changes`` of it.

        They and the writes of ``together`` become true at once or not at all. Raises LostRaceError if the
        job was changed meanwhile.
        """
        noted = replace(job, **changes, history_count=job.history_count + 1)
        transaction = Transaction(list(together.writes))
        transaction.replace(
            self.table,
            self._job_item(noted),
            expected={"status": job.status, "history_count": job.history_count},
        )
        transaction.put(self.table, self._history_item(job, job.history_count, happened))
        transaction.commit()
        return noted

    def history(self, job_id: str) -> list[HistoryItem]:
        """Return what happened to a job and who was told of it, oldest first."""
        moves: list[HistoryItem] = []
        told: list[HistoryItem] = []
        for item in items_under(self.table, job_partition(job_id), "history#"):
            (told if "#alert#" in item["sk"] else moves).append(from_item(HistoryItem, item))
        # Only alerts find their place by the clock: changes of status have a number each.
        return list(heapq.merge(moves, sorted(told, key=_when), key=_when))

    def happened(self, job_id: str, number: int) -> HistoryItem | None:
        """Return one change of a job's status."""
        item = item_of(self.table, job_partition(job_id), _history_key(number))
        return from_item(HistoryItem, item) if item else None

    def tell(self, transaction: Transaction, alert: Alert, happened: HistoryItem) -> None:
        """Add to a transaction the history item that says how an alert went.

        It is not one of the numbered ones: whoever changes the job meanwhile is not in its way.
        """
        key = {"pk": job_partition(alert.job_id), "sk": f"{_history_key(alert.ending)}#alert#{alert.channel}"}
        transaction.put(self.table, {**key, **to_item(happened)})

    def open_jobs(self, *, first: int = 0) -> Iterator[OpenJob]:
        """Return the marks of all jobs that have not ended, partition by partition from one on."""
        for shard in shards_from(first):
            for item in items_under(self.table, f"open#{shard}"):
                yield from_item(OpenJob, item)

    def mark(self, before: OpenJob, after: OpenJob) -> None:
        """Change an open job's mark. Raises LostRaceError if it is gone or was changed meanwhile."""
        transaction = Transaction()
        expected = {"since": before.since, "nudges": before.nudges}
        transaction.replace(self.table, self._mark_item(after), expected=expected)
        transaction.commit()

    def _job_item(self, job: Job) -> dict[str, Any]:
        return {"pk": job_partition(job.job_id), "sk": "job", **to_item(job)}

    def _mark_item(self, mark: OpenJob) -> dict[str, Any]:
        return {**_mark_key(mark.job_id), **to_item(mark)}

    def _history_item(self, job: Job, number: int, happened: HistoryItem) -> dict[str, Any]:
        return {"pk": job_partition(job.job_id), "sk": _history_key(number), **to_item(happened)}
