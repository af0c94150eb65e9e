"""Jobs on their way out of the jobs table: first they are not found any more, at last not listed any more.

What is listed and not found is a deletion that has begun: whoever goes through the list finishes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from boto3.dynamodb.conditions import Key

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.status import JobStatus
from chalicelib.storage.aws.tables import delete_items, items_under, items_where, job_partition, write_items
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.job_index import account_partition

LAST = "~"
"""Sorts behind whatever a time begins with."""
RUN_ITEM = 4
"""Parts of a sort key ``run#NUMBER#open#START`` or ``run#NUMBER#slice#START``."""


@dataclass(frozen=True)
class ListedJob:
    """A job's place in its account's index."""

    created_at: int
    job_id: str
    status: JobStatus

    @property
    def place(self) -> str:
        """Return its sort key there."""
        return f"{self.created_at:015d}#{self.job_id}"


@dataclass(frozen=True)
class Traces:
    """What of a job lies elsewhere, as its partition tells."""

    contents: tuple[str, ...]
    slices: tuple[tuple[int, int], ...]
    """The runs and starts of all that were ever opened or recorded."""


@dataclass(frozen=True)
class JobRemoval:
    """The jobs table."""

    table: str

    def listed(self, account_id: str, *, before: int | None = None) -> Iterator[ListedJob]:
        """Yield an account's jobs, the oldest first, and those whose deletion has begun.

        ``before`` is a time in milliseconds since 1970: only those that were made earlier.
        """
        upto = LAST if before is None else f"{before:015d}"
        condition = Key("pk").eq(account_partition(account_id)) & Key("sk").lt(upto)
        for item in items_where(self.table, condition, ("sk", "status")):
            created_at, _, job_id = str(item["sk"]).partition("#")
            yield ListedJob(int(created_at), job_id, JobStatus(str(item["status"])))

    def hide(self, job: Job) -> None:
        """Let a job be found no more. Raises LostRaceError if it was changed meanwhile."""
        transaction = Transaction()
        expected = {"status": job.status, "history_count": job.history_count}
        transaction.delete(self.table, {"pk": job_partition(job.job_id), "sk": "job"}, expected=expected)
        transaction.commit()

    def traces(self, job_id: str) -> Traces:
        """Return what of a job lies elsewhere; it is known for as long as its partition is not cleared."""
        contents: dict[str, None] = {}
        slices: dict[tuple[int, int], None] = {}
        for item in items_under(self.table, job_partition(job_id)):
            told = item.get("end") or item.get("details") or {}
            if results_id := told.get("results_id"):
                contents[str(results_id)] = None
            parts = str(item["sk"]).split("#")
            if parts[0] == "run" and len(parts) == RUN_ITEM:
                slices[int(parts[1]), int(parts[3])] = None
        return Traces(tuple(contents), tuple(slices))

    def clear(self, job_id: str) -> None:
        """Keep a job's history, runs and slices no longer. Raises ItemsNotWrittenError."""
        delete_items(self.table, job_partition(job_id))

    def unlist(self, account_id: str, listed: ListedJob) -> None:
        """Let a job be listed no more."""
        write_items(self.table, deleted=[{"pk": account_partition(account_id), "sk": listed.place}])
