"""List an account's jobs: what Coop calls remote-inference/list."""

from collections.abc import Iterator, Sequence

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.money import UNITS_PER_CREDIT, units
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import Sought
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.domain.times import iso
from chalicelib.services.deps import parts
from chalicelib.services.reports.error_report import report_id

LOOKED_THROUGH = 100_000
"""Jobs that one request looks through: a few seconds' work; an answer is awaited for 29 (API Gateway)."""


def list_jobs(account: Account, sought: Sought, *, page: int, page_size: int) -> list[Document]:
    """Return one page of an account's jobs; pages count from 1, one behind the last is empty.

    The list says nothing of what it left out, so it never leaves anything out: it raises
    InvalidRequestError where there are more jobs than one request can look through.
    """
    start = (page - 1) * page_size
    wanted: list[str] = []
    for job_id in _ids(account, sought, at_most=start + page_size):
        if start:
            start -= 1
            continue
        wanted.append(job_id)
        if len(wanted) == page_size:
            break
    found = parts().jobs.several(wanted)
    return [_entry(*found[job_id]) for job_id in wanted if job_id in found]


def running_jobs(account: Account) -> list[str]:
    """Return the ids of an account's jobs that are being run, newest first.

    Raises InvalidRequestError as ``list_jobs`` does.
    """
    return list(_ids(account, Sought(statuses=AT_WORK)))


def _ids(account: Account, sought: Sought, *, at_most: int | None = None) -> Iterator[str]:
    """Yield the ids of the jobs that are sought, as long as that can be done within one request."""
    looked_through = 0
    some = None if at_most is None else min(at_most, LOOKED_THROUGH)
    for found in parts().jobs.find(account.account_id, sought, at_most=some):
        if looked_through >= LOOKED_THROUGH and found.looked_through:
            end, other = ("oldest", "False") if sought.ascending else ("newest", "True")
            raise InvalidRequestError(
                f"One request looks through your {end} {LOOKED_THROUGH:,} jobs, and there are more. List "
                f"an earlier page, jobs of a more frequent status or with more frequent words, or those "
                f"of the other end: remote-inference/list?sort_ascending={other}."
            )
        looked_through += found.looked_through
        yield from found.job_ids


def _entry(job: Job, runs: Sequence[Run]) -> Document:
    """Return what the list says of a job (client contract, section 3.3)."""
    failed = job.status is JobStatus.FAILED
    return {
        "uuid": job.job_id,
        "description": job.description or "",
        "status": job.status or JobStatus.QUEUED,
        "cost_credits": sum(units(run.usages) for run in runs) / UNITS_PER_CREDIT,
        "iterations": job.iterations,
        "results_uuid": job.results_id,
        "latest_error_report_uuid": report_id(job, runs[-1] if runs else None),
        "latest_failure_reason": (job.reason or "error") if failed else None,
        "version": job.release,
        "created_ts": iso(job.created_at),
    }
