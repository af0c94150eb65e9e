"""Tell of a job's runs: the first, and each retry."""

from collections.abc import Sequence

from chalicelib.domain.credits.money import UNITS_PER_CREDIT, units
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.domain.times import iso


def told_runs(job: Job, runs: Sequence[Run]) -> list[Document]:
    """Return what is told of a job's runs, oldest first; all counts but ``results`` are the run's own."""
    return [_told(job, run) for run in runs]


def _told(job: Job, run: Run) -> Document:
    end = run.end
    return {
        "run": run.number,
        "scope": run.scope,
        "status": _status(job, run),
        "started_at": iso(run.started_at),
        "ended_at": iso(end.at) if end else None,
        "interviews": run.total,
        "recorded": run.recorded,
        "good": run.good,
        "cost_credits": units(run.usages) / UNITS_PER_CREDIT,
        "results_uuid": end.results_id if end else None,
        "results": {"interviews": end.standing.total, "good": end.standing.good} if end else None,
    }


def _status(job: Job, run: Run) -> JobStatus:
    if run.end:
        return run.end.status
    if run.number == job.run and job.status and job.status is not JobStatus.QUEUED:
        return job.status
    return JobStatus.FAILED  # it was given up before its rows were joined
