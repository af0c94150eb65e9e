"""When alerts are tried, and which an ending calls for."""

from chalicelib.domain.alerts.alert import GRACE_SECONDS, MOST_TRIES, Alert, AlertsWanted
from chalicelib.domain.status import JobStatus

DAY = 24 * 3600 * 1000


def raised(wanted: AlertsWanted, status: JobStatus = JobStatus.FAILED) -> list[str]:
    return [alert.channel for alert in wanted.raised_by("job", 2, status, 0)]


def an_alert() -> Alert:
    (alert,) = AlertsWanted(email=True).raised_by("job", 2, JobStatus.COMPLETED, 0)
    return alert


def test_every_channel_is_told_unless_the_filter_says_otherwise() -> None:
    both = AlertsWanted(email=True, webhooks=("https://a.example", "https://b.example"))
    assert raised(both) == ["email", "webhook-1", "webhook-2"]
    assert raised(AlertsWanted((JobStatus.FAILED,), email=True)) == ["email"]
    assert raised(AlertsWanted((JobStatus.PARTIAL_FAILED, JobStatus.COMPLETED), email=True)) == []


def test_tries_go_on_for_a_day_ever_more_seldom() -> None:
    alert, now, waits = an_alert(), 0, []
    while True:
        alert = alert.begun(now)
        if alert.exhausted:
            break
        alert = alert.failed(now, "it answered 500")
        waits.append((alert.due_at - now) // 1000)
        now = alert.due_at
    assert waits == sorted(waits)
    assert waits[:6] == [30, 120, 600, 1800, 3600, 7200]
    assert alert.tries == MOST_TRIES
    assert 0.9 * DAY < now < DAY


def test_a_try_that_has_begun_is_nobody_elses_and_comes_again_if_its_process_dies() -> None:
    first = an_alert().begun(1000)
    assert first.due_at == first.look_at == 1000 + 90_000
    later = first.failed(2000, "x").begun(3000).failed(4000, "x").begun(5000)
    assert later.due_at == 5000 + 600_000


def test_lost_messages_are_sent_again_ever_less_often() -> None:
    alert, now, gaps = an_alert(), 0, []
    for _ in range(9):
        alert = alert.nudged(now)
        gaps.append((alert.look_at - now) // 1000)
        now = alert.look_at
    assert gaps == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert alert.due_at == 0


def test_a_short_wait_is_the_messages_and_a_long_one_the_sweepers() -> None:
    short = an_alert().begun(0).failed(0, "x")
    assert short.look_at - short.due_at == GRACE_SECONDS * 1000
    long = short
    while long.tries < 4:
        long = long.begun(0).failed(0, "x")
    assert long.look_at == long.due_at == 1800 * 1000


def test_its_name_is_the_same_in_every_try() -> None:
    alert = an_alert()
    assert alert.name == alert.begun(0).failed(0, "x").name == "alert_job_2_email"
    assert "." not in alert.name  # the signature's separator
