"""Letters that queues gave up, in the whole local stack: a function or an admin ends what they are about.

A function is held still once it was handed a message; then the same message is put where it would come to
after ten tries in vain.
"""

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.web.pages.admin.letters import END, HOME, TRY
from tests.journey.browser import Browser
from tests.journey.client import ByHand
from tests.journey.letters import ENDS, NOTHING, TO_TELL, checked_versions, given_up, is_told, kept, put, says
from tests.journey.queues import handed_over
from tests.journey.stack import LocalStack
from tests.journey.test_accounts import printed
from tests.journey.test_large_content import agents, confirmed, pulled
from tests.journey.test_large_content import put as upload
from tests.journey.test_leaving import objects
from tests.support.jobs import job
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
LARGE = 12_000
"""Agents of a kilobyte: more than is checked while somebody waits."""


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    said = {
        **{"PERCH_SLICE_SIZE": "2", "PERCH_SMALLEST_SLICE": "2", "PERCH_WINDOW": "1"},
        "PERCH_HELD_REQUESTS": "0",
    }
    accounts = ["ada@example.com=key-ada:100", "eve@example.com=key-eve:0"]
    with LocalStack(accounts=accounts, workers=1, environment=said) as running:
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


def run_again(you: ByHand, job_id: str) -> dict[str, Any]:
    """Run again what failed of a job; return how it ended."""
    said = {"job_uuid": job_id, "scope": "failed"}
    assert you.ask("POST", "/api/v0/remote-inference/retry", said).json()["status"] == "queued"
    told = you.ended(job_id)
    assert told["status"] == "completed", told
    return told


def ledger(you: ByHand) -> dict[str, float]:
    """Return what an account has: ``credits`` that can be spent, and what is held."""
    told: dict[str, float] = you.ask("GET", "/api/v0/users/get-balance").json()
    return told


def balance(you: ByHand) -> float:
    return ledger(you)["credits"]


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


def test_what_comes_while_a_slice_is_lost_pays_for_the_next(stack: LocalStack, ada: ByHand) -> None:
    """Who has little begins with one interview, and goes on with two."""
    eve = ByHand(stack.url, "key-eve")

    def give(credits: float) -> None:
        gift = {"credits_gifted": credits, "recipient_username": "eve"}
        assert ada.ask("POST", "/api/users/gift", gift).status_code == 200

    give(1)  # an interview may cost 0.63
    with stack.held_still("worker"):
        job_id = eve.send(job(agents=3))
        assert eventually(lambda: handed_over(stack, "interviews"))
        held = ledger(eve)["held"]
        give(10)
        put(stack, "interviews-dead-letters", {"job_id": job_id, "run": 1, "start": 0})
        assert eventually(lambda: says(eve, job_id, "1 out of 3 interviews failed"))
        assert ledger(eve)["held"] > held
    assert eve.ended(job_id)["status"] == "partial_failed"


def test_a_slice_of_a_job_whose_files_are_gone_ends_it(stack: LocalStack, ada: ByHand) -> None:
    with stack.held_still("worker"):
        job_id = ada.send(job(agents=2), fresh=True, alert_on_completion_config=TO_TELL)
        assert eventually(lambda: handed_over(stack, "interviews"))
        (bucket,) = stack.aws("s3").list_buckets()["Buckets"]
        for name in objects(stack):
            if f"{job_id}/plan/" in name:
                stack.aws("s3").delete_object(Bucket=bucket["Name"], Key=name)
        put(stack, "interviews-dead-letters", {"job_id": job_id, "run": 1, "start": 0})
        told = ada.ended(job_id)
    assert told["status"] == "failed"
    assert "is not there any more" in told["latest_job_run_details"]["failure_reason"]
    assert eventually(lambda: is_told(ada, job_id))


def test_a_run_that_cannot_be_finished_fails_and_a_retry_joins_it(stack: LocalStack, ada: ByHand) -> None:
    before = balance(ada)
    told = given_up(stack, ada, "finalize", by="finalizer", run=1)
    job_id = told["job_uuid"]
    assert told["status"] == "failed"
    assert "could not be put together" in told["latest_job_run_details"]["failure_reason"]
    # Its interviews were asked all the same.
    assert balance(ada) == pytest.approx(before - 0.01)
    assert eventually(lambda: is_told(ada, job_id))
    # What was held still goes on, and finds that the run has ended.
    assert eventually(lambda: not handed_over(stack, "finalize"))
    assert len(ada.results(run_again(ada, job_id))["data"]) == 2


def test_an_upload_that_cannot_be_checked_is_refused(stack: LocalStack, ada: ByHand) -> None:
    body = {"object_type": "agent_list", "visibility": "private", "version": "1.0.9"}
    made = ada.ask("POST", "/api/v0/object/push", body).json()
    upload(made["signed_url"], json.dumps(agents(1)).encode())
    confirmed(ada, made["object_uuid"])
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
    assert pulled(ada, made["object_uuid"]) == agents(1)


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


def test_letters_that_are_none_stay_for_the_admin(stack: LocalStack, admin: Browser) -> None:
    """Last: they come again, each time after twice as long."""
    for queue in ENDS:
        put(stack, f"{queue}-dead-letters", {})
    logs = [stack.log_directory / f"{function}.log" for function in ENDS.values()]
    assert eventually(lambda: all("A message failed and will come again" in log.read_text() for log in logs))
    assert eventually(lambda: "4 dead letters lie there." in admin.open("/admin").text)
