"""An account that has some of everything, for those who see it all go."""

import json
import secrets
from typing import Any

from tests.journey.client import ByHand
from tests.journey.test_large_content import confirmed, put
from tests.journey.test_leaving import upload
from tests.support.entries import entry, sent
from tests.support.jobs import job

LARGE = 450_000
"""Bytes at random, too many for an item."""
TOLD_OF = {"filters": {"status": ["cancelled"]}, "email": True}


def furnish(you: ByHand) -> None:
    """Let an account have some of everything, ended and begun."""
    asked = asking()
    # Kept as files, the account's and the shared one; read back; and replaced.
    ways: tuple[dict[str, bool], ...] = ({}, {}, {"fresh": True})
    assert [you.ended(you.send(asked, **said))["status"] for said in ways] == ["completed"] * 3
    announced = {"version": "1.0.9", "iterations": 1, "alert_on_completion_config": TOLD_OF}
    made = you.ask("POST", "/api/v0/new-remote-inference", announced, once=secrets.token_hex()).json()
    put(made["upload_signed_url"], json.dumps(job()).encode())
    push(you, "agent_list", {"agent_list": [{"traits": {"number": 0}}]})
    put_only(you, "agent_list", {"agent_list": [{"traits": {"number": 1}}]})
    upload(you)
    for number in (1, 2):
        entered = you.ask("POST", "/api/v0/remote-cache", sent(number, output=secrets.token_urlsafe(LARGE)))
        assert entered.status_code == 200, entered.text


def push(you: ByHand, object_type: str, value: Any) -> str:
    """Push a private object by signed address; return its id."""
    content_id = put_only(you, object_type, value)
    confirmed(you, content_id)
    return content_id


def put_only(you: ByHand, object_type: str, value: Any) -> str:
    """Put a private object where it belongs without saying that it is there; return its id."""
    body = {"object_type": object_type, "visibility": "private", "version": "1.0.9"}
    made = you.ask("POST", "/api/v0/object/push", body).json()
    put(made["signed_url"], json.dumps(value).encode())
    return str(made["object_uuid"])


def asking(agents: int = 1) -> dict[str, Any]:
    """Return a job that is answered at length."""
    asked = job(agents=agents)
    asked["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    return asked


def give_key(you: ByHand, *, to: str) -> None:
    """Give a provider's key, and share it with somebody."""
    key = {"service": "anthropic", "key": "sk-an-accounts-own-0123456789", "label": "mine"}
    given = you.ask("POST", "/api/v0/provider-keys", key)
    assert given.status_code == 200, given.text
    shared = you.ask("POST", f"/api/v0/provider-keys/{given.json()['id']}/share", {"email": to})
    assert shared.status_code == 200, shared.text


def take_large_answers(you: ByHand) -> None:
    """Ask for what no function's answer holds: it lies in a file for a day, to which the answer leads."""
    told = you.ended(you.send(asking(agents=2)))
    assert told["status"] == "completed"
    page = you.ask("GET", f"/api/v0/remote-inference/job/{told['job_uuid']}/results/page")
    assert len(page.json()["interviews"]) == 2
    of_job = you.ask("POST", "/api/v0/remote-cache/get-many-by-job", {"job_uuid": told["job_uuid"]})
    assert len(of_job.json()) == 2, "whoever paid for them"
    assert entry(1).key in you.ask("GET", "/api/v0/remote-cache/export").text
    push(you, "agent", {"traits": {"text": "x" * 3_000_000}})
    every = you.ask("GET", "/api/v0/objects?type=agent")
    assert len(every.json()) == 1
    assert page.history
    assert every.history
