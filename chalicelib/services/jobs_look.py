"""How jobs stand that somebody waits for: one look at all of them."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.storage.jobs import JobStore
from chalicelib.storage.runs import RunStore

RUNS_EVERY_SECONDS = 1.0
"""Whether a job has ended is looked for at each look, how fast its run goes only so often."""


@dataclass(frozen=True)
class Standing:
    """A job as it is now, and its newest run as it was a moment ago, if it is being run."""

    job: Job
    run: Run | None


class JobsLook:
    """Looks at jobs by their ids: a batch read of their items, and now and then one of their runs."""

    def __init__(self, jobs: JobStore, runs: RunStore) -> None:
        self._jobs = jobs
        self._runs = runs
        self._seen: dict[str, Run] = {}
        self._seen_at = 0.0

    def __call__(self, job_ids: Collection[str]) -> dict[str, Standing]:
        """Return how jobs stand; those that are gone are left out."""
        jobs = self._jobs.those(job_ids)
        if time.monotonic() - self._seen_at >= RUNS_EVERY_SECONDS:
            running = {job.job_id: job.run for job in jobs if job.status is JobStatus.RUNNING}
            self._seen = self._runs.those(running)
            self._seen_at = time.monotonic()
        return {job.job_id: Standing(job, self._seen.get(job.job_id)) for job in jobs}
