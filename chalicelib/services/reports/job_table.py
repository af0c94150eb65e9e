"""An account's jobs as a page shows them: a page of them, how many there are, and how each gets on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.accounts import Caller
from chalicelib.domain.jobs.history import HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.deps import deps
from chalicelib.services.reports.error_report import report_id
from chalicelib.services.reports.under_way import latest_run

COUNTED = 2_000
"""So many jobs are counted for a page; where there are more it says so."""


@dataclass(frozen=True)
class JobLine:
    """What a table says of a job. Times are milliseconds since 1970."""

    job: Job
    status: JobStatus
    """An announced job, which waits for its upload, is told as queued."""
    queued_at: int
    """When it was last queued."""
    seconds: float
    """From then to its end, or until now."""
    total: int | None
    """Interviews; None: it is not planned yet."""
    finished: int
    with_exceptions: int
    units: int
    """What all its runs have cost, in hundredths of a credit."""
    report_id: str | None


@dataclass(frozen=True)
class JobTable:
    """A page of an account's jobs."""

    lines: tuple[JobLine, ...]
    first: int
    """Which of all the first one is, counted from 1; 0: there is none."""
    total: int
    """How many there are, or ``COUNTED`` if there are more."""
    more: bool
    """There are more than were counted."""


def table_of(account: Caller, query: JobQuery, *, page: int, page_size: int) -> JobTable:
    """Return a page of an account's jobs; pages count from 1, one behind the last is empty."""
    start = (page - 1) * page_size
    most = max(COUNTED, start + page_size)
    wanted: list[str] = []
    total = 0
    for job_id in islice(_ids(account, query), most + 1):
        if start <= total < start + page_size:
            wanted.append(job_id)
        total += 1
    more = total > most
    return JobTable(_lines(wanted), start + 1 if wanted else 0, min(total, most), more)


def newest_of(account: Caller) -> str:
    """Return the id of an account's newest job; empty: it has none."""
    found = next(deps().jobs.find(account.account_id, JobQuery(), at_most=1), None)
    return next(iter(found.ids), "") if found else ""


def lines_of(account: Caller, job_ids: Sequence[str]) -> tuple[JobLine, ...]:
    """Return what a table says of some jobs; those that are not the account's are left out (P7)."""
    return tuple(line for line in _lines(job_ids) if line.job.account_id == account.account_id)


def _ids(account: Caller, query: JobQuery) -> Iterator[str]:
    for found in deps().jobs.find(account.account_id, query):
        yield from found.ids


def _lines(job_ids: Sequence[str]) -> tuple[JobLine, ...]:
    found = deps().jobs.several(dict.fromkeys(job_ids))
    return tuple(_line(*found[job_id]) for job_id in dict.fromkeys(job_ids) if job_id in found)


def _line(job: Job, runs: Sequence[Run]) -> JobLine:
    run = runs[-1] if runs else None
    if job.status in AT_WORK:
        # Also what its workers have told and not recorded yet: of the few that go on it is asked for.
        found = latest_run(job)
        run = found.run or run
        finished = found.now.finished if found.now else 0
    else:
        finished = run.standing.recorded if run else 0
    queued_at = _queued_at(job)
    until = job.status_at if job.status and job.status.terminal else deps().clock()
    return JobLine(
        job=job,
        status=job.status or JobStatus.QUEUED,
        queued_at=queued_at,
        seconds=(until - queued_at) / 1000,
        total=run.standing.total if run else None,
        finished=finished,
        with_exceptions=run.standing.with_exceptions if run else 0,
        units=sum(one.cost for one in (*runs[:-1], run) if one),
        report_id=report_id(job, run),
    )


def _queued_at(job: Job) -> int:
    """Return when a job was last queued; only of one that was run again its history is asked."""
    if job.retry is None:
        return job.created_at
    items = deps().jobs.history(job.job_id)
    return max((item.at for item in items if item.kind is HistoryKind.QUEUED), default=job.created_at)
