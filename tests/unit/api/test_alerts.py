"""``alert_on_completion_config`` at the door, and the secret that receivers need."""

from typing import Any

import pytest

from chalicelib.domain.alerts.alert import AlertsWanted
from chalicelib.domain.status import JobStatus
from tests.support.stage import Stage, limit
from tests.unit.api.test_jobs import ask, created

HOOK = "https://hooks.example.com/a"
EVE = {"Authorization": "Bearer key-eve", "Content-Type": "application/json"}


def announced(config: Any) -> Any:
    return ask("POST", "/api/v0/new-remote-inference", created(alert_on_completion_config=config))


def wanted(stage: Stage, config: Any) -> AlertsWanted | None:
    answer = announced(config)
    assert answer.status_code == 200, answer.json_body
    found = stage.deps.jobs.get(answer.json_body["job_uuid"])
    assert found is not None
    return found.alerts


def test_what_the_newest_client_sends_is_kept_with_the_job(stage: Stage) -> None:
    sent = {"filters": {"status": ["failed", "partial_failed", "failed"]}, "email": True,
            "webhooks": [{"url": HOOK}, {"url": HOOK}]}  # fmt: skip
    both = (JobStatus.FAILED, JobStatus.PARTIAL_FAILED)
    assert wanted(stage, sent) == AlertsWanted(both, email=True, webhooks=(HOOK,))


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (None, None),
        ({}, None),
        ({"filters": {"status": None}, "email": False, "webhooks": []}, None),
        ({"email": True}, AlertsWanted(email=True)),
        ({"filters": {"status": "failed"}, "email": True}, AlertsWanted((JobStatus.FAILED,), email=True)),
    ],
)
def test_what_is_left_out_matches_everything(stage: Stage, config: Any, found: AlertsWanted | None) -> None:
    assert wanted(stage, config) == found


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"webhooks": [{"url": HOOK}] * 4}, "alert_on_completion_config.webhooks: "),
        ({"filters": {"status": []}}, "an empty list matches nothing"),
        ({"filters": {"status": "running"}}, "alert_on_completion_config.filters.status"),
        ({"filters": {"status": ["done"]}}, "alert_on_completion_config.filters.status"),
        ({"filters": {"reason": "x"}}, "alert_on_completion_config.filters.reason"),
        ({"sms": True}, "alert_on_completion_config.sms"),
        ({"webhooks": [{"url": HOOK, "secret": "x"}]}, "alert_on_completion_config.webhooks.0.secret"),
        ({"webhooks": [HOOK]}, "alert_on_completion_config.webhooks.0"),
        ({"webhooks": [{"url": "http://hooks.example.com"}]}, "must begin with https://"),
        ({"webhooks": [{"url": "https://me:pw@hooks.example.com"}]}, "user name"),
        ({"webhooks": [{"url": "https://hooks.example.com:8080"}]}, "port 443"),
        ({"webhooks": [{"url": "https://169.254.169.254/"}]}, "private or reserved"),
        ({"webhooks": [{"url": "https://a.example/" + "x" * 3000}]}, "2,000 characters"),
        ("x", "alert_on_completion_config"),
    ],
)
def test_what_cannot_be_is_refused_in_words(stage: Stage, config: Any, words: str) -> None:
    answer = announced(config)
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


def test_a_stage_on_ones_own_machine_takes_its_own_addresses(stage: Stage) -> None:
    limit(alerts_to_private_addresses=True)
    url = "http://localhost:8080/hook"
    assert wanted(stage, {"webhooks": [{"url": url}]}) == AlertsWanted(webhooks=(url,))
    assert announced({"webhooks": [{"url": "http://169.254.169.254/"}]}).status_code == 400


def test_each_account_reads_its_own_secret(stage: Stage) -> None:
    mine = ask("GET", "/api/v0/alerts/secret").json_body["secret"]
    assert mine.startswith("whsec_")
    assert ask("GET", "/api/v0/alerts/secret").json_body["secret"] == mine
    assert ask("GET", "/api/v0/alerts/secret", headers=EVE).json_body["secret"] != mine
