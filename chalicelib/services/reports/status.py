"""Tell how a job stands, in the one shape that every client release reads."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.domain.accounts import Account
from chalicelib.domain.credits.money import UNITS_PER_CREDIT, UNITS_PER_USD, units
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.run import Run, progress_of
from chalicelib.domain.status import JobStatus
from chalicelib.domain.times import iso
from chalicelib.releases.release import told_status
from chalicelib.services.access import owned_content, owned_job
from chalicelib.services.deps import parts
from chalicelib.services.jobs.payload import original_job
from chalicelib.services.reports.error_report import report_id
from chalicelib.services.results.empty import told_results_id

DOCUMENT_BYTES = 4 * 1024 * 1024
"""A function's whole answer may have 6 MB (Lambda); a larger job is to be read at its own address."""
OFFLOADED = "offloaded"
"""Instead of a job's document: clients then ask for its address (client contract, section 3.2)."""


def job_of_results(account: Account, results_id: str) -> Job:
    """Return the job that made some results.

    Raises NotFoundError.
    """
    content = owned_content(account, results_id)
    if content.job_id is None:
        raise NotFoundError(f"The object '{results_id}' did not come from a job.")
    return owned_job(account, content.job_id)


def describe(job: Job, *, with_document: bool = False) -> Document:
    """Return what ``GET remote-inference`` answers (client contract, section 3.2)."""
    runs = parts().runs.several(job.job_id, job.run) if job.run else []
    run = runs[-1] if runs else None
    consumed = units(run.usages) if run else 0
    answer = {
        **creation_answer(job),
        "results_uuid": told_results_id(job),
        "reason": job.reason,
        "price": sum(units(one.usages) for one in runs) / UNITS_PER_CREDIT,
        "runs": told_runs(job, runs),
        "latest_error_report_uuid": report_id(job, run),
        "latest_job_run_details": _run_details(job, run, consumed),
    }
    if with_document and job.status is not None:
        document = original_job(job, maximum_bytes=DOCUMENT_BYTES) if run else None
        answer["job_json_string"] = OFFLOADED if document is None else json.dumps(document)
    return answer


def creation_answer(job: Job) -> Document:
    """Return what a client is told about a job it has just made."""
    return {
        "jobs_uuid": job.job_id,
        "job_uuid": job.job_id,
        "description": job.description or "",
        "status": told_status(job),
        "iterations": job.iterations,
        "visibility": job.visibility,
        "version": job.release,
    }


def _run_details(job: Job, run: Run | None, consumed: int) -> Document:
    failed = job.status is JobStatus.FAILED
    return {
        "interview_details": _interviews(job, run) if run else None,
        # 1.0.9 shows this to its user when there are no results to load; "error" says nothing.
        "failure_reason": (job.reason or "error") if failed else None,
        "failure_description": job.reason,
        "error_report_uuid": report_id(job, run),
        # No client looks for them before the job has ended, and then it has the id of its results.
        "results_available": job.results_id is not None or (run is not None and run.recorded > 0),
        "cost_credits": consumed / UNITS_PER_CREDIT,
        "cost_usd": consumed / UNITS_PER_USD,
        "expenses": _expenses(run) if run else [],
    }


def _interviews(job: Job, run: Run) -> Document:
    going_on = job.status is JobStatus.RUNNING
    progress = progress_of(run, now=parts().clock(), going_on=going_on)
    standing = run.standing
    return {
        "total_interviews": standing.total,
        "completed_interviews": standing.recorded,
        "interviews_with_exceptions": standing.with_exceptions,
        "interviews_per_minute": progress.interviews_per_minute,
        "estimated_seconds_left": progress.seconds_left,
        "exception_summary": [
            {
                "exception_type": kind.exception_type,
                "inference_service": kind.service,
                "model": kind.model,
                "question_name": kind.question_name,
                "exception_count": kind.count,
            }
            for kind in standing.exceptions
        ],
    }


def _expenses(run: Run) -> list[Document]:
    return [
        {
            "service": usage.service,
            "model": usage.model,
            "token_type": usage.token_type,
            "price_per_million_tokens": float(usage.price),
            # The one name is in the client's type, the other is what it reads (client contract, G4).
            "tokens_count": usage.tokens,
            "token_count": usage.tokens,
            "cost_credits": usage.units / UNITS_PER_CREDIT,
            "cost_usd": usage.units / UNITS_PER_USD,
        }
        for usage in run.usages
    ]


def history(account: Account, job_id: str) -> list[Document]:
    """Return a job's history, oldest first.

    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    return [_item(item) for item in parts().jobs.history(job.job_id)]


def _item(item: HistoryItem) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "time": iso(item.at),
        "title": item.title,
        "sentence": item.sentence,
        "details": dict(item.details),
    }


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
