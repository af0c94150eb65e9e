"""List an account's jobs: what Coop calls remote-inference/list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK
from chalicelib.services.deps import deps
from chalicelib.services.reports.error_report import report_id

LOOKED_THROUGH = 100_000
"""Jobs that one request looks through: a few seconds' work; an answer is awaited for 29 (API Gateway)."""


@dataclass(frozen=True)
class ListedJob:
    """What a list says of a job."""

    job: Job
    units: int
    """What its runs have cost, in hundredths of a credit."""
    report_id: str | None


def list_jobs(account: Caller, query: JobQuery, *, page: int, page_size: int) -> list[ListedJob]:
    """Return one page of an account's jobs; pages count from 1, one behind the last is empty.

    The list says nothing of what it left out, so it never leaves anything out: it raises
    InvalidRequestError where there are more jobs than one request can look through.
    """
    start = (page - 1) * page_size
    wanted: list[str] = []
    for job_id in _ids(account, query, at_most=start + page_size):
        if start:
            start -= 1
            continue
        wanted.append(job_id)
        if len(wanted) == page_size:
            break
    found = deps().jobs.several(wanted)
    return [_listed(*found[job_id]) for job_id in wanted if job_id in found]


def running_jobs(account: Caller) -> list[str]:
    """Return the ids of an account's jobs that are being run, newest first.

    Raises InvalidRequestError as ``list_jobs`` does.
    """
    return list(_ids(account, JobQuery(statuses=AT_WORK)))


def _ids(account: Caller, query: JobQuery, *, at_most: int | None = None) -> Iterator[str]:
    """Yield the ids of the jobs that are query, as long as that can be done within one request."""
    looked_through = 0
    some = None if at_most is None else min(at_most, LOOKED_THROUGH)
    for found in deps().jobs.find(account.account_id, query, at_most=some):
        if looked_through >= LOOKED_THROUGH and found.looked_through:
            end, other = ("oldest", "False") if query.ascending else ("newest", "True")
            raise InvalidRequestError(
                f"One request looks through your {end} {LOOKED_THROUGH:,} jobs, and there are more. List "
                f"an earlier page, jobs of a more frequent status or with more frequent words, or those "
                f"of the other end: remote-inference/list?sort_ascending={other}."
            )
        looked_through += found.looked_through
        yield from found.ids


def _listed(job: Job, runs: Sequence[Run]) -> ListedJob:
    latest = runs[-1] if runs else None
    return ListedJob(job, sum(run.cost for run in runs), report_id(job, latest))
