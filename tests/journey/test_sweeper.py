"""Messages that are lost with their function, and credits that come later, in the whole local stack."""

from collections.abc import Iterator

import pytest

from tests.journey.client import ByHand
from tests.journey.letters import TO_TELL, is_told
from tests.journey.queues import at_rest, handed_over, queue_url
from tests.journey.stack import LocalStack
from tests.journey.test_retention import set_back
from tests.support.jobs import job
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    said = {
        **{"PERCH_SLICE_SIZE": "2", "PERCH_SMALLEST_SLICE": "2"},
        **{"PERCH_HELD_REQUESTS": "0", "PERCH_PATIENCE_SECONDS": "1"},
    }
    accounts = ["ada@example.com=key-ada:100", "eve@example.com=key-eve:1"]
    options = ["--schedule-seconds", "2"]
    with LocalStack(accounts=accounts, workers=1, options=options, environment=said) as running:
        yield running


@pytest.mark.parametrize(("queue", "function"), [("jobs", "dispatcher"), ("finalize", "finalizer")])
def test_a_message_that_is_lost_with_its_function_is_sent_again(
    stack: LocalStack, queue: str, function: str
) -> None:
    ada = ByHand(stack.url, "key-ada")
    # Of a job before this one something may still be done after its end: that message is not ours to lose.
    assert eventually(lambda: at_rest(stack, queue))
    with stack.held_still(function):
        job_id = ada.send(job(agents=2))
        assert eventually(lambda: handed_over(stack, queue))
        stack.aws("sqs").purge_queue(QueueUrl=queue_url(stack, queue))
        for process in stack.named(function):
            process.kill()
    assert len(ada.results(ada.ended(job_id))["data"]) == 2
    assert job_id in (stack.log_directory / "sweeper.log").read_text()
    assert ada.ended(ada.send(job()))["status"] == "completed"


def test_a_run_that_waits_for_credits_goes_on_when_they_come(stack: LocalStack) -> None:
    ada, eve = ByHand(stack.url, "key-ada"), ByHand(stack.url, "key-eve")

    def held() -> float:
        return float(eve.ask("GET", "/api/v0/users/get-balance").json()["held"])

    with stack.held_still("worker"):
        job_id = eve.send(job(agents=3))  # an interview may cost 0.63
        assert eventually(lambda: held() > 0)
        of_one = held()
        gift = {"credits_gifted": 10, "recipient_username": "eve"}
        assert ada.ask("POST", "/api/users/gift", gift).status_code == 200
        assert eventually(lambda: held() > 2 * of_one)
    assert len(eve.results(eve.ended(job_id))["data"]) == 3


def test_a_job_whose_upload_never_came_ends_and_tells_so(stack: LocalStack) -> None:
    ada = ByHand(stack.url, "key-ada")
    asked = {"version": "1.0.9", "iterations": 1, "alert_on_completion_config": TO_TELL}
    job_id = ada.ask("POST", "/api/v0/new-remote-inference", asked).json()["job_uuid"]
    set_back(stack, "jobs", {"pk": {"S": f"job#{job_id}"}, "sk": {"S": "job"}}, "created_at", 3)
    told = ada.ended(job_id)
    assert told["status"] == "failed"
    assert "payload never arrived" in told["latest_job_run_details"]["failure_reason"]
    assert eventually(lambda: is_told(ada, job_id))
