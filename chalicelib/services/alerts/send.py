"""Tell those who asked of a job's end, at least once and in all but a crash exactly once.

The move that ends a job raises its alerts (``storage/alerts/outbox.py``); from here on each has a life of
its own: a message wakes a try, a failed try waits for the next, and the sweeper wakes what was lost or
waits for longer than a message can. How it went is written into the job's history, together with
taking the alert out.
"""

import json
from collections import Counter
from collections.abc import Callable

from chalicelib.domain.alerts.alert import EMAIL, Alert, AlertsWanted, EmailDelivery, UndeliveredError
from chalicelib.domain.alerts.webhook import new_secret, signed_headers
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.domain.status import JobStatus
from chalicelib.logs.context import marked
from chalicelib.logs.lines import logger_of
from chalicelib.logs.metrics import Metric
from chalicelib.services.about import about_job, count, note_job
from chalicelib.services.alerts.texts import (
    EMAIL_WARNINGS,
    KEPT_SENTENCE,
    email_text,
    failed_sentence,
    payload,
    sent_sentence,
    subject,
)
from chalicelib.services.deps import deps
from chalicelib.storage.alerts.outbox import DueAlert
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

RESERVE_SECONDS = 10.0
NOT_DELIVERED = "Perch itself could not send it"
ENDINGS = {
    JobStatus.COMPLETED: Metric.JOBS_COMPLETED,
    JobStatus.PARTIAL_FAILED: Metric.JOBS_PARTIALLY_FAILED,
    JobStatus.FAILED: Metric.JOBS_FAILED,
    JobStatus.CANCELLED: Metric.JOBS_CANCELLED,
}
"""How jobs ended, as metrics (docs/operations.md)."""
logger = logger_of("jobs")


def announce_end(job: Job) -> None:
    """Have a job's end told, once it is true. Whoever dies before this leaves it to the sweeper."""
    if job.status in ENDINGS:
        with about_job(job):
            logger.info("A job has ended", status=job.status.value, run=job.run)
        count({ENDINGS[job.status]: 1})
    alerts = job.raised_alerts()
    if alerts:
        deps().alerts_queue.send(marked(_message(alert), job.correlation_id) for alert in alerts)


def send_alert(job_id: str, ending: int, channel: str) -> None:
    """Try an alert, if it is its time; a message too many finds that it is not, or that it is done."""
    alert = deps().alerts.get(job_id, ending, channel)
    if alert is None or alert.due_at > deps().clock():
        return
    if alert.exhausted:
        _conclude(alert, UndeliveredError(alert.problem or NOT_DELIVERED))
        return
    try:
        alert = deps().alerts.change(alert, alert.begun(deps().clock()))
    except LostRaceError:
        return
    reached(FaultPoint.ALERT_BEGUN)
    try:
        _deliver(alert)
    except UndeliveredError as error:
        if error.final or alert.exhausted:
            _conclude(alert, error)
        else:
            _wait(alert, error)
        return
    reached(FaultPoint.ALERT_DELIVERED)
    _conclude(alert, None)


def wake_alerts(seconds_left: Callable[[], float]) -> Counter[str]:
    """Send the messages of alerts whose time has come; return how many that were."""
    found: Counter[str] = Counter()
    now = deps().clock()
    for due in deps().alerts.due(now, first=now // 60_000):
        if seconds_left() < RESERVE_SECONDS:
            break
        alert = deps().alerts.get(due.job_id, due.ending, due.channel)
        if alert is None or alert.look_at > now:
            continue
        try:
            deps().alerts.change(alert, alert.nudged(now))
        except LostRaceError:
            continue
        deps().alerts_queue.send([_message(due)])
        found["alerts due"] += 1
    return found


def _message(alert: Alert | DueAlert) -> dict[str, object]:
    return {"job_id": alert.job_id, "ending": alert.ending, "channel": alert.channel}


def _deliver(alert: Alert) -> None:
    job = deps().jobs.get(alert.job_id)
    happened = deps().jobs.happened(alert.job_id, alert.ending)
    account = deps().accounts.get(job.account_id) if job else None
    if job is None or happened is None or account is None:
        raise UndeliveredError("the job is gone, or its account", final=True)
    note_job(job)
    if alert.channel == EMAIL:
        deps().emails.send(account.email, subject(job, alert), email_text(job, alert, happened))
        return
    body = json.dumps(payload(job, alert, happened)).encode()
    secret = webhook_secret(account.account_id)
    headers = signed_headers(secret, alert.name, deps().clock() // 1000, body)
    deps().webhooks.send(alert.address, body, {"Content-Type": "application/json", **headers})


def webhook_secret(account_id: str) -> str:
    """Return what an account's webhooks are signed with; made when it is asked for first."""
    return deps().accounts.webhook_secret(account_id, new_secret)


def email_delivery() -> EmailDelivery:
    """Tell what becomes of e-mail on this stage."""
    chosen = deps().settings
    if not chosen.alert_sender:
        return EmailDelivery.NONE
    return EmailDelivery.KEPT if chosen.email_is_kept else EmailDelivery.SENT


def warnings_on(wanted: AlertsWanted | None) -> list[str]:
    """Return what whoever asks for alerts should know at once: that no e-mail will leave this stage."""
    warning = EMAIL_WARNINGS.get(email_delivery())
    return [warning] if warning and wanted is not None and wanted.email else []


def _wait(alert: Alert, error: UndeliveredError) -> None:
    now = deps().clock()
    try:
        waiting = deps().alerts.change(alert, alert.failed(now, error.problem))
    except LostRaceError:
        return
    seconds = (waiting.due_at - now) // 1000 + 1
    if seconds <= LONGEST_DELAY_SECONDS:
        deps().alerts_queue.send([marked(_message(waiting))], delay_seconds=seconds)


def _conclude(alert: Alert, error: UndeliveredError | None) -> None:
    """Write down how an alert went and take it out, at once; one that somebody else has by now is theirs."""
    if error:
        kind, sentence = HistoryKind.ALERT_FAILED, failed_sentence(alert, error.problem)
    elif alert.channel == EMAIL and email_delivery() is EmailDelivery.KEPT:
        kind, sentence = HistoryKind.ALERT_KEPT, KEPT_SENTENCE
    else:
        kind, sentence = HistoryKind.ALERT_SENT, sent_sentence(alert)
    details = HistoryDetails(channel=alert.channel, tries=alert.tries, alert_id=alert.name)
    transaction = Transaction()
    told = HistoryItem(kind, deps().clock(), sentence, details=details)
    deps().jobs.tell(transaction, alert, told)
    try:
        deps().alerts.conclude(alert, transaction)
    except LostRaceError:
        return
