"""An alert on its way through the whole local stack, to a receiver on this machine."""

import time
from pathlib import Path

import pytest

from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.stack import LocalStack, free_ports
from tests.support.fakes.receiver import Receiver
from tests.support.jobs import job

pytestmark = pytest.mark.journey


def told(ada: ByHand, job_id: str, count: int) -> list[dict[str, object]]:
    """Wait until the history says of so many alerts how they went."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        items = [item for item in ada.history(job_id) if item["title"].startswith("Alert ")]
        if len(items) >= count:
            return items
        assert time.monotonic() < deadline, items
        time.sleep(0.1)


def test_signed_webhooks_tell_of_a_jobs_end_and_mail_is_kept(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts"
    accounts.write_text("# One a line.\nada@example.com=key-ada:100\n")
    accounts.chmod(0o600)
    port, aws_port = free_ports(2)
    public = f"http://127.0.0.1:{port}"
    options = ["--accounts-file", str(accounts), "--public-url", public]
    with LocalStack(options=options, workers=1, ports=(port, aws_port)) as stack, Receiver() as receiver:
        ada = ByHand(stack.url, "key-ada")
        # Whatever a client calls this stack: signed addresses begin with what --public-url says.
        asked = {"version": "1.0.9", "iterations": 1, "alert_on_completion_config": {"email": True}}
        made = ada.ask("POST", "/api/v0/new-remote-inference", asked).json()
        assert "kept, and not sent" in made["warnings"][0]
        assert made["upload_signed_url"].startswith(f"{public}/")
        assert f"export EXPECTED_PARROT_URL={public}\n" in stack.output
        wanted = {
            "filters": {"status": ["completed"]},
            "email": True,
            "webhooks": [{"url": receiver.url}, {"url": "http://no-such-host.invalid/"}],
        }
        done = ada.ended(ada.send(job(agents=2), alert_on_completion_config=wanted))
        assert done["status"] == "completed"
        items = told(ada, done["job_uuid"], 2)
        assert sorted(str(item["title"]) for item in items) == ["Alert kept, not sent", "Alert sent"]
        # Nobody had asked for the secret before, so who sent the first webhook has made it.
        secret = ada.ask("GET", "/api/v0/alerts/secret").json()["secret"]
        said = receiver.received[0].verified(secret)
        assert said["type"] == "job.completed"
        assert said["data"]["results_uuid"] == done["results_uuid"]
        assert stack.aws("ses").get_send_quota()["SentLast24Hours"] == 1
        failed = ada.ended(ada.send(b"[]", alert_on_completion_config=wanted))
        assert failed["status"] == "failed"
        assert len(receiver.received) == 1
        # One that could not even be planned, and one that was cancelled before its payload came.
        sad = {"filters": {"status": ["failed", "cancelled"]}, "email": True}
        later = ada.ended(ada.send(b"[]", alert_on_completion_config=sad))
        body = {"version": "1.0.9", "iterations": 1, "alert_on_completion_config": sad}
        never = ada.ask("POST", "/api/v0/new-remote-inference", body).json()
        cancelled = {"job_uuid": never["job_uuid"], "status": "cancelling"}
        ada.ask("POST", "/api/v0/remote-inference/update-status", cancelled)
        for one in (later, never):
            assert [item["title"] for item in told(ada, one["job_uuid"], 1)] == ["Alert kept, not sent"]
        refused = {"webhooks": [{"url": "http://169.254.169.254/latest/meta-data/"}]}
        answer = ada.ask(
            "POST",
            "/api/v0/new-remote-inference",
            {"version": "1.0.9", "alert_on_completion_config": refused},
        )
        assert answer.status_code == 400
