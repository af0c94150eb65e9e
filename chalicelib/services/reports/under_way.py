"""Read a job's run together with what its workers tell of the slices that they hold."""

from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.under_way import UnderWay, belong_together, recorded, under_way
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.deps import deps

READS = 3
"""A query may see a slice as open that its run counts already; then it is asked again, up to so often."""


@dataclass(frozen=True)
class LatestRun:
    """A job's latest run, and its counts as far as anybody has told them."""

    run: Run | None
    now: UnderWay | None


def latest_run(job: Job) -> LatestRun:
    """Return a job's latest run: by one query while it goes on, and by one item else."""
    if not job.run:
        return LatestRun(None, None)
    if job.status not in AT_WORK:
        run = deps().runs.get(job.job_id, job.run)
        return LatestRun(run, recorded(run) if run else None)
    run, opened = deps().runs.under_way(job.job_id, job.run)
    for _ in range(READS - 1):
        # Of a job that is being cancelled slices are closed before they are done.
        if run is None or job.status is JobStatus.CANCELLING or belong_together(run, opened):
            break
        run, opened = deps().runs.under_way(job.job_id, job.run)
    if run is None or run.closed or run.end is not None:
        return LatestRun(run, recorded(run) if run else None)
    return LatestRun(run, under_way(run, opened, now=deps().clock()))
