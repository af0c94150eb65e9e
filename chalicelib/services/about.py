"""Which job, run and slice a line of the log is about, and what is counted for the operator."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.slice import Slice
from chalicelib.logs.context import about, note
from chalicelib.logs.metrics import Metric, write_metrics
from chalicelib.services.deps import deps


def note_job(job: Job) -> None:
    """Have all further lines of a message's work carry its job's ids."""
    note(**_ids(job))


def about_job(job: Job) -> AbstractContextManager[None]:
    """Have the lines of a block carry a job's ids."""
    return about(**_ids(job))


def about_slice(job: Job, held: Slice) -> AbstractContextManager[None]:
    """Have the lines of a block carry a slice's ids: one worker may run several at once."""
    return about(**_ids(job), run=held.run, slice=held.start, claim=held.claims)


def count(counts: Mapping[Metric, int]) -> None:
    """Count something for the operator: metrics of this stack (docs/operations.md)."""
    write_metrics(deps().settings.stack_name, counts)


def _ids(job: Job) -> dict[str, object]:
    return {"job": job.job_id, "account": job.account_id, "correlation_id": job.correlation_id}
