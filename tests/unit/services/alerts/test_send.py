"""Alerts from a job's end to its history, to a real receiver, and by mail to moto."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib.domain.alerts.alert import MOST_TRIES, AlertsWanted
from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.alerts.send import announce_end, send_alert, webhook_secret
from chalicelib.services.deps import deps, use
from chalicelib.services.finishing.fail import fail
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.recovery.sweep import sweep
from chalicelib.storage.alerts.email import EmailSender
from chalicelib.storage.alerts.webhook import WebhookSender
from chalicelib.storage.aws.clients import sesv2
from tests.support.dying import KilledError, dies_at
from tests.support.fakes.receiver import Receiver
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import queued, ran

SENDER = "perch@example.org"
TOLD = {HistoryKind.ALERT_SENT, HistoryKind.ALERT_KEPT, HistoryKind.ALERT_FAILED}
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.fixture(autouse=True)
def _nobody_listens() -> Iterator[None]:
    yield
    listen(None)


@pytest.fixture(autouse=True)
def _own_machine(stage: Stage) -> None:
    use(replace(deps(), webhooks=WebhookSender(private_too=True)))


def with_sender(stage: Stage) -> None:
    sesv2().create_email_identity(EmailIdentity=SENDER)
    use(replace(deps(), emails=EmailSender(SENDER)))


def mails() -> list[Any]:
    return list(ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages)


def deliver_alerts(stage: Stage, times: int = 1) -> int:
    """Deliver every message of the alerts queue; return how many there were."""
    messages = stage.messages(stage.deps.settings.alerts_queue)
    for message in messages:
        for _ in range(times):
            send_alert(**message)
    return len(messages)


def swept(stage: Stage) -> Mapping[str, int]:
    return sweep(lambda: 300.0)


def told(stage: Stage, made: Job) -> list[HistoryItem]:
    return [item for item in stage.deps.jobs.history(made.job_id) if item.kind in TOLD]


def waiting(stage: Stage) -> int:
    """Return how many alerts are not concluded, by their marks."""
    return len(list(stage.deps.alerts.due(stage.now + 10 * DAY)))


def wake_next(stage: Stage) -> None:
    """Let time pass until the sweeper is to look at an alert, and have it do so."""
    (due,) = stage.deps.alerts.due(stage.now + 10 * DAY)
    alert = stage.deps.alerts.get(due.job_id, due.ending, due.channel)
    assert alert is not None
    stage.now = max(stage.now, alert.look_at)
    assert swept(stage)["alerts due"] == 1


def test_a_completed_job_is_told_of_once_however_often_messages_come(stage: Stage) -> None:
    with Receiver() as receiver:
        made = ran(stage, job(agents=2), alerts=AlertsWanted(webhooks=(receiver.url,)))
        assert deliver_alerts(stage, times=3) == 1
    (request,) = receiver.received
    said = request.verified(webhook_secret(stage.account.account_id))
    assert said["type"] == "job.completed"
    assert said["timestamp"].endswith("Z")
    assert said["data"] == {
        "job_uuid": made.job_id,
        "status": "completed",
        "description": "A survey",
        "results_uuid": made.results_id,
        "reason": None,
        "interviews": {"total": 2, "completed": 2, "with_exceptions": 0},
        "credits": said["data"]["credits"],
    }
    assert said["data"]["credits"] >= 0
    assert request.headers["content-type"] == "application/json"
    (item,) = told(stage, made)
    assert item.title == "Alert sent"
    assert item.sentence == f"The webhook at 127.0.0.1:{receiver.port} was told of it."
    assert item.details["channel"] == "webhook-1"
    assert stage.deps.jobs.history(made.job_id)[-1] == item
    assert waiting(stage) == 0


def test_a_job_that_asks_for_none_tells_nobody(stage: Stage) -> None:
    ran(stage, job())
    assert deliver_alerts(stage) == 0
    assert waiting(stage) == 0


@pytest.mark.parametrize(
    ("statuses", "count"),
    [
        (None, 1),
        ((JobStatus.COMPLETED,), 1),
        ((JobStatus.FAILED, JobStatus.CANCELLED), 0),
        ((JobStatus.PARTIAL_FAILED,), 0),
    ],
)
def test_filters_choose_the_endings(stage: Stage, statuses: tuple[JobStatus, ...] | None, count: int) -> None:
    with Receiver() as receiver:
        ran(stage, job(), alerts=AlertsWanted(statuses, webhooks=(receiver.url,)))
        deliver_alerts(stage)
    assert len(receiver.received) == count


def test_a_job_that_cannot_be_loaded_is_told_of_too(stage: Stage) -> None:
    with Receiver() as receiver:
        made = ran(stage, b"[]", alerts=AlertsWanted(webhooks=(receiver.url,)))
        deliver_alerts(stage)
    assert made.status is JobStatus.FAILED
    said = json.loads(receiver.received[0].body)
    assert said["type"] == "job.failed"
    assert said["data"]["reason"] == made.reason
    assert said["data"]["interviews"] is said["data"]["credits"] is said["data"]["results_uuid"] is None


@pytest.mark.moto
def test_each_channel_has_a_life_of_its_own(stage: Stage) -> None:
    with_sender(stage)
    with Receiver() as good, Receiver([500]) as bad:
        wanted = AlertsWanted(email=True, webhooks=(bad.url, good.url))
        made = ran(stage, job(), alerts=wanted)
        assert deliver_alerts(stage) == 3
    assert {item.details["channel"] for item in told(stage, made)} == {"email", "webhook-2"}
    assert len({request.headers["webhook-id"] for request in (*good.received, *bad.received)}) == 2
    assert waiting(stage) == 1


@pytest.mark.moto
def test_an_e_mail_goes_to_the_accounts_own_address(stage: Stage) -> None:
    with_sender(stage)
    made = ran(stage, job(), description="My\nsurvey", alerts=AlertsWanted(email=True))
    deliver_alerts(stage)
    (mail,) = mails()
    assert mail.source == SENDER
    assert mail.destinations == {"ToAddresses": ["ada@example.com"]}
    assert mail.subject == "Your job completed: My survey"
    assert made.job_id in mail.body
    assert f"Results: {made.results_id}" in mail.body
    (item,) = told(stage, made)
    assert (item.title, item.sentence) == ("Alert sent", "An e-mail told the account's address of it.")


@pytest.mark.moto
def test_where_e_mail_is_kept_the_history_says_that_none_was_sent(stage: Stage) -> None:
    with_sender(stage)
    limit(alert_sender=SENDER, email_is_kept=True)
    with Receiver() as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(email=True, webhooks=(receiver.url,)))
        deliver_alerts(stage)
    assert len(mails()) == 1
    kept, sent = sorted(told(stage, made), key=lambda item: item.title)
    assert kept.title == "Alert kept, not sent"
    assert "this Perch runs on a laptop" in kept.sentence
    assert sent.title == "Alert sent"


def test_without_a_sender_the_history_says_that_there_is_no_e_mail(stage: Stage) -> None:
    made = ran(stage, job(), alerts=AlertsWanted(email=True))
    deliver_alerts(stage)
    (item,) = told(stage, made)
    assert item.title == "Alert failed"
    assert "this Perch sends no e-mail" in item.sentence
    assert waiting(stage) == 0


@pytest.mark.moto
def test_a_sender_that_ses_does_not_know_is_tried_again(stage: Stage) -> None:
    use(replace(deps(), emails=EmailSender("nobody@example.org")))
    made = ran(stage, job(), alerts=AlertsWanted(email=True))
    deliver_alerts(stage)
    assert told(stage, made) == []
    assert waiting(stage) == 1
    with_sender(stage)
    stage.now += 2 * MINUTE
    swept(stage)
    deliver_alerts(stage)
    assert told(stage, made)[0].sentence.endswith(", at try 2.")


def test_a_failed_try_is_made_again_under_the_same_id(stage: Stage) -> None:
    with Receiver([500, 503, 200]) as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        deliver_alerts(stage)
        assert swept(stage).get("alerts due") is None  # not its time
        while waiting(stage):
            wake_next(stage)
            deliver_alerts(stage, times=2)
    assert len(receiver.received) == 3
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) == 3
    for request in receiver.received:
        request.verified(webhook_secret(stage.account.account_id))
    (item,) = told(stage, made)
    assert item.sentence.endswith("was told of it, at try 3.")
    assert item.details["tries"] == 3


def test_after_a_day_it_is_given_up_and_the_history_says_why(stage: Stage) -> None:
    with Receiver([500]) as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        ended = stage.now
        deliver_alerts(stage)
        while waiting(stage):
            wake_next(stage)
            deliver_alerts(stage)
    assert 0.9 * DAY < stage.now - ended < DAY + 10 * MINUTE
    assert len(receiver.received) == MOST_TRIES
    (item,) = told(stage, made)
    assert item.title == "Alert failed"
    assert item.sentence.endswith(f"could not be told of it in {MOST_TRIES} tries: it answered 500.")


def test_gone_is_gone(stage: Stage) -> None:
    with Receiver([410]) as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        deliver_alerts(stage)
    assert told(stage, made)[0].title == "Alert failed"
    assert waiting(stage) == 0


def test_an_address_that_this_stage_does_not_take_is_told_in_the_history(stage: Stage) -> None:
    use(replace(deps(), webhooks=WebhookSender(private_too=False, resolve=lambda *_: ["10.0.0.1"])))
    made = ran(stage, job(), alerts=AlertsWanted(webhooks=("https://inside.example/secret-token",)))
    deliver_alerts(stage)
    (item,) = told(stage, made)
    assert (
        "The webhook at inside.example could not be told of it: its address leads to a private"
        in item.sentence
    )
    assert "secret-token" not in str(item)


def test_a_crash_between_the_end_and_the_sending_loses_nothing(stage: Stage) -> None:
    with Receiver() as receiver:
        dies_at(FaultPoint.JOB_ENDED)
        with pytest.raises(KilledError):
            ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        assert deliver_alerts(stage) == 0
        assert swept(stage) == {}
        stage.now += MINUTE
        assert swept(stage)["alerts due"] == 1
        assert swept(stage).get("alerts due") is None  # it has its message
        deliver_alerts(stage)
    assert len(receiver.received) == 1


def test_a_crash_after_the_sending_repeats_it_under_the_same_id(stage: Stage) -> None:
    with Receiver() as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        dies_at(FaultPoint.ALERT_DELIVERED)
        with pytest.raises(KilledError):
            deliver_alerts(stage)
        assert told(stage, made) == []
        announce_end(made)  # its message comes again, before the dead one's time is over
        deliver_alerts(stage)
        assert len(receiver.received) == 1
        stage.now += 2 * MINUTE
        swept(stage)
        deliver_alerts(stage)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [item.title for item in told(stage, made)] == ["Alert sent"]


def test_a_try_that_always_kills_its_process_comes_to_an_end(stage: Stage) -> None:
    made = ran(stage, job(), alerts=AlertsWanted(webhooks=("http://127.0.0.1:9/",)))
    tries = 0
    while waiting(stage):
        dies_at(FaultPoint.ALERT_BEGUN)
        try:
            deliver_alerts(stage)
        except KilledError:
            tries += 1
        listen(None)
        if waiting(stage):
            wake_next(stage)
    assert tries == MOST_TRIES
    assert "Perch itself could not send it" in told(stage, made)[0].sentence


def test_who_was_overtaken_says_nothing(stage: Stage) -> None:
    with Receiver() as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))

        def overtaken(reached: FaultPoint) -> None:
            if reached is FaultPoint.ALERT_DELIVERED:
                listen(None)
                stage.now += 10 * MINUTE  # it stood still; another one takes its place
                announce_end(made)
                deliver_alerts(stage)

        listen(overtaken)
        deliver_alerts(stage)
    assert [item.title for item in told(stage, made)] == ["Alert sent"]
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1


def test_cancelling_is_an_ending(stage: Stage) -> None:
    with Receiver() as receiver:
        made = queued(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        cancel(stage.account, made.job_id)
        stage.now += 2 * MINUTE
        swept(stage)
        deliver_alerts(stage)
    assert json.loads(receiver.received[0].body)["type"] == "job.cancelled"


def test_every_ending_of_a_job_is_told_of_under_an_id_of_its_own(stage: Stage) -> None:
    with Receiver([500, 200]) as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        deliver_alerts(stage)  # fails, and waits while the job runs again
        retry(stage.account, made.job_id, RetryScope.ALL)
        fail(owned_job(stage.account, made.job_id), "It was not to be.")
        deliver_alerts(stage)
        wake_next(stage)
        deliver_alerts(stage)
    said = [json.loads(request.body) for request in receiver.received]
    assert [each["type"] for each in said] == ["job.completed", "job.failed", "job.completed"]
    assert said[0] == said[2]
    assert said[0]["data"]["results_uuid"] == made.results_id
    names = [request.headers["webhook-id"] for request in receiver.received]
    assert names[0] == names[2] != names[1]
    assert len(told(stage, made)) == 2


def test_alerts_stand_in_the_history_where_they_happened(stage: Stage) -> None:
    with Receiver() as receiver:
        made = ran(stage, job(), alerts=AlertsWanted(webhooks=(receiver.url,)))
        deliver_alerts(stage)
    titles = [item.title for item in stage.deps.jobs.history(made.job_id)]
    assert titles == ["Added to queue", "Started running", "Accessed remote cache", "Completed", "Alert sent"]
    assert made.history_count == 4


def test_an_account_has_one_secret(stage: Stage) -> None:
    mine = webhook_secret(stage.account.account_id)
    assert mine.startswith("whsec_")
    assert webhook_secret(stage.account.account_id) == mine
    assert webhook_secret(stage.stranger.account_id) != mine
