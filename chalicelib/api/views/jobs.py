"""Jobs, as clients read them."""

import json
from collections.abc import Iterable, Sequence

from chalicelib.domain.credits.money import UNITS_PER_CREDIT, UNITS_PER_USD
from chalicelib.domain.jobs.history import HistoryItem
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.calls_now import CallsNow
from chalicelib.domain.runs.paid_by import costs
from chalicelib.domain.runs.run import Progress, Run
from chalicelib.domain.runs.waiting import LimitWait
from chalicelib.domain.status import JobStatus
from chalicelib.domain.times import iso
from chalicelib.releases.release import told_status
from chalicelib.services.reports.job_list import ListedJob
from chalicelib.services.reports.status import JobFacts, RunFacts

OFFLOADED = "offloaded"
"""Instead of a job's document: clients then ask for its address (client contract, section 3.2)."""


def made(job: Job, warnings: Sequence[str] = ()) -> Document:
    """Return what a client is told about a job it has just made (client contract, section 3.1).

    ``warnings`` is ours, where there are any; clients do not look at it.
    """
    return {
        "jobs_uuid": job.job_id,
        "job_uuid": job.job_id,
        "description": job.description or "",
        "status": told_status(job),
        "iterations": job.iterations,
        "visibility": job.visibility,
        "version": job.release,
        **({"warnings": list(warnings)} if warnings else {}),
    }


def changed(job: Job) -> Document:
    """Return what is answered to who has just changed a job's status, and knows what it is called."""
    return {**made(job), "status": job.status}


def described(facts: JobFacts, *, with_document: bool = False, report_address: str | None = None) -> Document:
    """Return what ``GET remote-inference`` answers (client contract, section 3.2)."""
    job = facts.job
    answer = {
        **made(job),
        "results_uuid": facts.results_id,
        "reason": job.cause or job.reason,
        # These two names are read up to 0.1.57 (client contract, section 9).
        "latest_failure_reason": _failure_reason(job),
        "latest_failure_details": _failed_interviews(facts.latest),
        "price": facts.units / UNITS_PER_CREDIT,
        "runs": [_run(one) for one in facts.runs],
        "latest_error_report_uuid": facts.report_id,
        "latest_job_run_details": _run_details(facts),
    }
    if with_document and job.status is not None:
        answer["job_json_string"] = OFFLOADED if facts.document is None else json.dumps(facts.document)
    if report_address is not None and answer["status"] == JobStatus.FAILED and facts.report_id:
        # Of a partly failed job the clients make this address themselves (client contract, section 3.2).
        answer["latest_job_run_details"]["error_report_url"] = report_address
    return answer


def listed(found: ListedJob) -> Document:
    """Return what the list says of a job (client contract, section 3.3)."""
    job = found.job
    return {
        "uuid": job.job_id,
        "description": job.description or "",
        "status": job.status or JobStatus.QUEUED,
        "cost_credits": found.units / UNITS_PER_CREDIT,
        "iterations": job.iterations,
        "results_uuid": job.results_id,
        "latest_error_report_uuid": found.report_id,
        "latest_failure_reason": _failure_reason(job),
        "version": job.release,
        "created_ts": iso(job.created_at),
    }


def history(items: Iterable[HistoryItem]) -> list[Document]:
    """Return a job's history, oldest first."""
    return [
        {
            "kind": item.kind,
            "time": iso(item.at),
            "title": item.title,
            "sentence": item.sentence,
            "details": _details(item),
        }
        for item in items
    ]


def _details(item: HistoryItem) -> Document:
    details: Document = dict(item.details)
    if "sources" in item.details:
        details["sources"] = [
            {"service": one["service"], "source": one["source"], "credits": one["units"] / UNITS_PER_CREDIT}
            for one in item.details["sources"]
        ]
    return details


def _failure_reason(job: Job) -> str | None:
    # 1.0.9 shows this to its user when there are no results to load; "error" says nothing.
    reason = job.cause or ((job.reason or "error") if job.status is JobStatus.FAILED else None)
    if reason is None and told_status(job) is JobStatus.FAILED:
        return f"The job was cancelled, and there are no results. {job.reason or ''}".strip()
    return reason


def _failed_interviews(run: Run | None) -> str | None:
    """Return the sentence of which 0.1.55 to 0.1.57 read the first two numbers."""
    if run is None or not run.standing.with_exceptions:
        return None
    return f"{run.standing.with_exceptions:,} out of {run.standing.total:,} interviews failed"


def _run(facts: RunFacts) -> Document:
    """Return what is told of one run; all counts but ``results`` are the run's own."""
    run, end = facts.run, facts.run.end
    return {
        "run": run.number,
        "scope": run.scope,
        "status": facts.status,
        "started_at": iso(run.started_at),
        "ended_at": iso(end.at) if end else None,
        "interviews": run.total,
        "recorded": run.recorded,
        "good": run.good,
        "cost_credits": run.cost / UNITS_PER_CREDIT,
        "results_uuid": end.results_id if end else None,
        "results": {"interviews": end.standing.total, "good": end.standing.good} if end else None,
    }


def _run_details(facts: JobFacts) -> Document:
    run = facts.latest
    return {
        "interview_details": _interviews(run, facts) if run else None,
        "calls": _calls(facts.calls) if facts.calls else None,
        "waits_for_limit": _wait(facts.waits_for) if facts.waits_for else None,
        "failure_reason": _failure_reason(facts.job),
        "failure_description": facts.job.reason,
        "error_report_uuid": facts.report_id,
        "results_available": facts.results_available,
        "cost_credits": facts.latest_units / UNITS_PER_CREDIT,
        "cost_usd": facts.latest_units / UNITS_PER_USD,
        "expenses": _expenses(run) if run else [],
    }


def _wait(wait: LimitWait) -> Document:
    return {
        "service": wait.service,
        "model": wait.model,
        "requests_per_minute": wait.requests_per_minute,
    }


def _calls(calls: CallsNow) -> Document:
    """Return what becomes of a run's calls at the moment."""
    return {
        "in_flight": calls.in_flight,
        "waiting": calls.waiting,
        "tried_again": calls.tried_again,
        "reasons": [
            {
                "exception_type": reason.exception_type,
                "inference_service": reason.service,
                "model": reason.model,
                "calls": reason.calls,
                "message": reason.message,
            }
            for reason in calls.reasons
        ],
    }


def _interviews(run: Run, facts: JobFacts) -> Document:
    standing = run.standing
    progress = facts.progress or Progress(None, None)
    return {
        "total_interviews": standing.total,
        "completed_interviews": facts.counts.finished,
        "total_questions": standing.total * run.questions,
        "answered_questions": facts.counts.answered,
        "interviews_with_exceptions": standing.with_exceptions,
        "interviews_with_some_answers": standing.answers.some,
        "valid_answers": standing.answers.valid,
        "invalid_answers": standing.answers.invalid,
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
            "cost_credits": cost / UNITS_PER_CREDIT,
            "cost_usd": cost / UNITS_PER_USD,
            "key_source": source,
        }
        for usage, cost, source in costs(run)
    ]
