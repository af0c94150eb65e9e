"""What an alert says, to a program and to a person."""

from urllib.parse import urlsplit

from chalicelib.domain.alerts.alert import EMAIL, Alert, EmailDelivery
from chalicelib.domain.credits.money import UNITS_PER_CREDIT, credits_number
from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.status import JobStatus
from chalicelib.domain.times import iso

LONGEST_SUBJECT = 150
ENDS = {
    JobStatus.COMPLETED: "completed",
    JobStatus.PARTIAL_FAILED: "partially failed",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "was cancelled",
}

KEPT_SENTENCE = (
    "The e-mail to the account's address was kept, and not sent: this Perch runs on a laptop, whose local "
    "AWS sends none."
)
EMAIL_WARNINGS = {
    EmailDelivery.KEPT: (
        "The e-mail about this job's end will be kept, and not sent: this Perch runs on a laptop. The job's "
        "history and its webhooks tell of it."
    ),
    EmailDelivery.NONE: (
        "No e-mail will tell of this job's end: the operator of this Perch has chosen no sender. The job's "
        "history and its webhooks tell of it."
    ),
}


def payload(job: Job, alert: Alert, happened: HistoryItem) -> Document:
    """Return what a webhook is sent, the same in every try: ``happened`` is the ending it tells of.

    ``interviews`` and ``credits`` are null where nothing was run.
    """
    details = happened.details
    return {
        "type": f"job.{alert.status}",
        "timestamp": iso(happened.at),
        "data": {
            "job_uuid": job.job_id,
            "status": alert.status,
            "description": job.description,
            "results_uuid": details.get("results_id"),
            "reason": None if alert.status is JobStatus.COMPLETED else happened.sentence,
            "interviews": _interviews(details) if "interviews" in details else None,
            "credits": details["units"] / UNITS_PER_CREDIT if "units" in details else None,
        },
    }


def _interviews(details: HistoryDetails) -> Document:
    return {
        "total": details["interviews"],
        "completed": details.get("good"),
        "with_exceptions": details.get("with_exceptions"),
    }


def subject(job: Job, alert: Alert) -> str:
    """Return the subject of an e-mail."""
    # A description may have several lines; a subject has one.
    name = " ".join((job.description or job.job_id).split())
    text = f"Your job {ENDS[alert.status]}: {name}"
    return text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"


def email_text(job: Job, alert: Alert, happened: HistoryItem) -> str:
    """Return the text of an e-mail."""
    details = happened.details
    lines = [
        f"Your job {ENDS[alert.status]}.",
        happened.sentence,
        "",
        f"Job: {job.job_id}",
    ]
    if job.description:
        lines.append(f"Description: {job.description}")
    if details.get("results_id"):
        lines.append(f"Results: {details['results_id']}")
    if "units" in details:
        lines.append(f"Credits: {credits_number(details['units'])}")
    lines += [
        f"Ended: {iso(happened.at)}",
        "",
        "You are told because the job asked for it (alert_on_completion_config).",
    ]
    return "\n".join(lines) + "\n"


def sent_sentence(alert: Alert) -> str:
    """Say that an alert was delivered."""
    tries = f", at try {alert.tries}" if alert.tries > 1 else ""
    if alert.channel == EMAIL:
        return f"An e-mail told the account's address of it{tries}."
    return f"The webhook at {_host(alert)} was told of it{tries}."


def failed_sentence(alert: Alert, problem: str) -> str:
    """Say that an alert was given up, and why."""
    who = "The account's address" if alert.channel == EMAIL else f"The webhook at {_host(alert)}"
    tries = f" in {alert.tries} tries" if alert.tries > 1 else ""
    return f"{who} could not be told of it{tries}: {problem}."


def _host(alert: Alert) -> str:
    """Return the part of an address that can be shown: the rest often is as good as a password."""
    return urlsplit(alert.address).netloc
