"""Letters that queues gave up: put where they would come to after ten tries in vain."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from tests.journey.client import ByHand
from tests.journey.queues import at_rest, handed_over, queue_url
from tests.journey.stack import LocalStack
from tests.support.jobs import job
from tests.support.waiting import eventually

ENDS = {
    "jobs": "job_dead_letters",
    "interviews": "slice_dead_letters",
    "finalize": "finish_dead_letters",
    "content": "object_dead_letters",
}
"""The function that takes what each queue gave up."""
NOTHING = {"job_id": "gone", "run": 1, "start": 0, "kind": "check", "content_id": "gone", "version": "1"}
TO_TELL = {"filters": {"status": ["failed"]}, "email": True}


def put(stack: LocalStack, queue: str, message: dict[str, Any]) -> None:
    stack.aws("sqs").send_message(QueueUrl=queue_url(stack, queue), MessageBody=json.dumps(message))


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
    # Of a job before this one something may still be done after its end.
    assert eventually(lambda: at_rest(stack, queue))
    with stack.held_still(by):
        job_id = you.send(job(agents=2), fresh=True, alert_on_completion_config=TO_TELL)
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
