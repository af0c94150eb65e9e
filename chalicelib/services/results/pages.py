"""Hand out finished interviews page by page, from the first one on."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import read_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases import pages
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.job_files.finished_rows import FinishedRows, finished_rows
from chalicelib.services.offload import ObjectAnswer, inline_or_passing

MOST_ON_A_PAGE = 1000
PAGE_BYTES = 16 * 1024 * 1024
"""What a page should have at the most: it has to be made within 29 s (API Gateway)."""


@dataclass(frozen=True)
class Manifest:
    """How many finished interviews there are, and on how many pages of which size."""

    job: Job
    interviews: int
    page_size: int
    page_count: int


def manifest(account: Caller, job_id: str, *, page_size: int) -> Manifest:
    """Tell how many finished interviews there are now, and on how many pages of which size.

    The size may be smaller than what was asked for: clients go by what they are told here.
    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    rows = _rows(job)
    size = min(page_size, _most_on_a_page(rows))
    return Manifest(job, interviews=rows.count, page_size=size, page_count=-(-rows.count // size))


def page(account: Caller, job_id: str, *, number: int, page_size: int) -> ObjectAnswer:
    """Return a page, counted from 0; one behind the last is empty.

    While the job runs, slices that are finished later come in between; the interviews' ids tell.
    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    pieces = _pieces(job, _rows(job), number, page_size)
    return inline_or_passing(pieces, JobKeys.of(job).passing(uuid.uuid4().hex))


def _rows(job: Job) -> FinishedRows:
    if job.results_deleted:
        raise NotFoundError("The results of this job were deleted.")
    return finished_rows(job)


def _pieces(job: Job, rows: FinishedRows, number: int, page_size: int) -> Iterator[str]:
    began = deps().clock()
    start = number * page_size
    stop = min(start + page_size, rows.count)
    return pages.page(
        job.job_id,
        number=number,
        page_size=page_size,
        total=max(0, stop - start),
        interviews=read_rows(rows.lines(start, stop)),
        milliseconds=lambda: deps().clock() - began,
    )


def _most_on_a_page(rows: FinishedRows) -> int:
    average = rows.size // rows.count if rows.count else 0
    return min(MOST_ON_A_PAGE, max(1, PAGE_BYTES // max(1, average)))
