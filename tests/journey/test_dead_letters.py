"""Letters that queues gave up, in the whole local stack: a function or an admin ends what they are about.

A function is held still once it was handed a message; then the same message is put where it would come to
after ten tries in vain.
"""

import contextlib
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.web.pages.admin.letters import END, HOME, TRY
from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.stack import LocalStack
from tests.journey.test_accounts import printed
from tests.journey.test_large_content import agents, confirmed
from tests.journey.test_large_content import put as upload
from tests.support.jobs import job
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
ENDS = {
    "jobs": "job_dead_letters",
    "interviews": "slice_dead_letters",
    "finalize": "finish_dead_letters",
    "content": "object_dead_letters",
}
"""The function that takes what each queue gave up."""
NOTHING = {"job_id": "gone", "run": 1, "start": 0, "kind": "check", "content_id": "gone", "version": "1"}
TO_TELL = {"filters": {"status": ["failed"]}, "email": True}
LARGE = 12_000
"""Agents of a kilobyte: more than is checked while somebody waits."""


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    said = {
        **{"PERCH_SLICE_SIZE": "2", "PERCH_SMALLEST_SLICE": "2", "PERCH_WINDOW": "1"},
        "PERCH_HELD_REQUESTS": "0",
    }
    with LocalStack(accounts=["ada@example.com=key-ada:100"], workers=1, environment=said) as running:
        yield running


@pytest.fixture
def ada(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-ada")


@pytest.fixture(scope="module")
def admin(stack: LocalStack) -> Browser:
    key = printed(stack, "create", "admin@example.com", "--admin")
    browser = Browser(stack.url)
    browser.send(browser.open("/login"), key=key)
    return browser


def queue_url(stack: LocalStack, queue: str) -> str:
    return str(stack.aws("sqs").get_queue_url(QueueName=f"perch-local-{queue}")["QueueUrl"])


def put(stack: LocalStack, queue: str, message: dict[str, Any]) -> None:
    stack.aws("sqs").send_message(QueueUrl=queue_url(stack, queue), MessageBody=json.dumps(message))


def handed_over(stack: LocalStack, queue: str) -> bool:
    """Tell whether somebody was handed a message of a queue, and has not finished with it."""
    name = "ApproximateNumberOfMessagesNotVisible"
    asked = stack.aws("sqs").get_queue_attributes(QueueUrl=queue_url(stack, queue), AttributeNames=[name])
    return int(asked["Attributes"][name]) > 0


@contextlib.contextmanager
def kept(stack: LocalStack, queue: str) -> Iterator[None]:
    """Leave dead letters of a queue where they are for the block: who takes them has one in hand."""
    function = ENDS[queue]
    if not stack.named(function):
        put(stack, f"{queue}-dead-letters", NOTHING)  # it begins with its first letter
        assert eventually(lambda: bool(stack.named(function)))
        assert eventually(lambda: not handed_over(stack, f"{queue}-dead-letters"))
    with stack.held_still(function):
        put(stack, f"{queue}-dead-letters", NOTHING)
        assert eventually(lambda: handed_over(stack, f"{queue}-dead-letters"))
        yield


def given_up(stack: LocalStack, you: ByHand, queue: str, by: str, run: int) -> dict[str, Any]:
    """Send a job whose message of a queue comes to nothing in its function's hands; return how it ended."""
    with stack.held_still(by):
        job_id = you.send(job(agents=2), alert_on_completion_config=TO_TELL)
        assert eventually(lambda: handed_over(stack, queue))
        put(stack, f"{queue}-dead-letters", {"job_id": job_id, "run": run})
        return you.ended(job_id)


def checked_versions(stack: LocalStack) -> list[str]:
    """Return the versions of uploads that are to be checked."""
    items = stack.aws("dynamodb").scan(TableName="perch-local-content")["Items"]
    return [item["checking"]["S"] for item in items if "S" in item.get("checking", {})]


def says(you: ByHand, job_id: str, details: str) -> bool:
    told = you.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}").json()
    return bool(told["latest_failure_details"] == details)


def is_told(you: ByHand, job_id: str) -> bool:
    """Say whether the alert of a job's end has been sent, which a laptop keeps."""
    return "Alert kept, not sent" in [item["title"] for item in you.history(job_id)]


def run_again(you: ByHand, job_id: str) -> dict[str, Any]:
    """Run again what failed of a job; return how it ended."""
    said = {"job_uuid": job_id, "scope": "failed"}
    assert you.ask("POST", "/api/v0/remote-inference/retry", said).json()["status"] == "queued"
    told = you.ended(job_id)
    assert told["status"] == "completed", told
    return told


def balance(you: ByHand) -> float:
    return float(you.ask("GET", "/api/v0/users/get-balance").json()["credits"])


def test_a_job_that_cannot_be_started_fails_and_costs_nothing(stack: LocalStack, ada: ByHand) -> None:
    before = balance(ada)
    told = given_up(stack, ada, "jobs", by="dispatcher", run=0)
    job_id = told["job_uuid"]
    assert told["status"] == "failed"
    assert "Perch could not start this job" in told["latest_job_run_details"]["failure_reason"]
    assert balance(ada) == before
    assert eventually(lambda: is_told(ada, job_id))
    assert ada.ended(ada.send(job()))["status"] == "completed"
    assert ada.ended(job_id)["status"] == "failed"


def test_slices_that_cannot_be_run_are_rows_with_the_reason(stack: LocalStack, ada: ByHand) -> None:
    with stack.held_still("worker"):
        job_id = ada.send(job(agents=5))
        for start in (0, 2, 4):
            # One is open at a time: with the end of each the next is.
            assert eventually(lambda: handed_over(stack, "interviews"))
            put(stack, "interviews-dead-letters", {"job_id": job_id, "run": 1, "start": start})
            lost = f"{min(start + 2, 5)} out of 5 interviews failed"
            assert eventually(functools.partial(says, ada, job_id, lost))
        told = ada.ended(job_id)
    assert told["status"] == "failed"
    report = ada.ask("GET", f"/api/v0/remote-inference/job/{job_id}/error-report").json()["report"]
    assert "This interview could not be run" in report
    assert len(ada.results(run_again(ada, job_id))["data"]) == 5


def test_a_run_that_cannot_be_finished_fails_and_a_retry_joins_it(stack: LocalStack, ada: ByHand) -> None:
    told = given_up(stack, ada, "finalize", by="finalizer", run=1)
    job_id = told["job_uuid"]
    assert told["status"] == "failed"
    assert "could not be put together" in told["latest_job_run_details"]["failure_reason"]
    assert eventually(lambda: is_told(ada, job_id))
    # What was held still goes on, and finds that the run has ended.
    assert eventually(lambda: not handed_over(stack, "finalize"))
    assert len(ada.results(run_again(ada, job_id))["data"]) == 2


def test_an_upload_that_cannot_be_checked_is_refused(stack: LocalStack, ada: ByHand) -> None:
    body = {"object_type": "agent_list", "visibility": "private", "version": "1.0.9"}
    made = ada.ask("POST", "/api/v0/object/push", body).json()
    with stack.held_still("content"):
        upload(made["signed_url"], json.dumps(agents(LARGE)).encode())
        assert confirmed(ada, made["object_uuid"])
        assert eventually(lambda: handed_over(stack, "content"))
        (version,) = checked_versions(stack)
        message = {"kind": "check", "content_id": made["object_uuid"], "version": version}
        put(stack, "content-dead-letters", message)
        path = f"/api/v0/object/metadata?uuid={made['object_uuid']}"
        assert eventually(lambda: not ada.ask("GET", path).json()["checking"])
    assert "could not check" in ada.ask("GET", path).json()["refused"]


@pytest.mark.parametrize("queue", ENDS)
def test_an_admin_tries_letters_again_and_ends_them(stack: LocalStack, admin: Browser, queue: str) -> None:
    with kept(stack, queue):
        for action in (TRY, END):
            put(stack, f"{queue}-dead-letters", {**NOTHING, "job_id": action})
            page = admin.open(f"{HOME}/{queue}")
            assert f"job_id {action}" in page.text
            (letter,) = set(re.findall(f'{HOME}/{queue}/([^"]+)"', page.text))
            after = admin.send(admin.open(f"{HOME}/{queue}/{letter}"), do=action)
            assert "No dead letter was found" in after.text, after.text


def test_an_admin_sets_a_job_going_again(stack: LocalStack, ada: ByHand, admin: Browser) -> None:
    with kept(stack, "jobs"), stack.held_still("dispatcher"):
        lost = ada.send(job())
        assert eventually(lambda: handed_over(stack, "jobs"))
        put(stack, "jobs-dead-letters", {"job_id": lost, "run": 0})
        page = admin.open(f"{HOME}/jobs")
        assert "ada@example.com" in page.text
        (letter,) = set(re.findall(f'{HOME}/jobs/([^"]+)"', page.text))
        admin.send(admin.open(f"{HOME}/jobs/{letter}"), do=TRY)
    assert ada.ended(lost)["status"] == "completed"
