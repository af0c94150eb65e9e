"""One job is followed through all lines by one id, from the request that sent it to its last slice."""

import json
from typing import Any

from chalice.app import SQSEvent
from chalice.test import Client

from app import app
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.events import handlers
from chalicelib.events.messages import handle_each
from chalicelib.services.deps import deps
from chalicelib.storage.aws import clients
from tests.support.jobs import job
from tests.support.log import Caught, caught
from tests.support.stage import Stage

ADA = {"Authorization": "Bearer key-ada", "Content-Type": "application/json"}
MARK = "words-that-are-nobodys-business"


class Context(dict[str, Any]):
    def get_remaining_time_in_millis(self) -> int:
        return 600_000


def ask(method: str, path: str, body: Any = None) -> Any:
    with Client(app, stage_name="unit") as client:
        answer = client.http.request(method, path, headers=ADA, body=json.dumps(body or {}).encode())
        return answer.json_body


def sent() -> str:
    """Send a job as 1.0.9 does; return its id."""
    announced = ask(
        "POST",
        "/api/v0/new-remote-inference",
        {
            "json_string": "offloaded", "description": MARK, "status": "queued", "iterations": 1,
            "visibility": "private", "version": "1.0.9", "initial_results_visibility": "private",
            "fresh": False,
        },
    )  # fmt: skip
    job_id: str = announced["job_uuid"]
    account = deps().jobs.get(job_id)
    assert account is not None
    document = job(agents=3)
    document["survey"]["questions"][0]["question_text"] = MARK
    deps().files.write(JobKeys(account.account_id, job_id).upload, json.dumps(document).encode())
    ask("POST", "/api/v0/new-remote-inference/uploaded", {"job_uuid": job_id, "message": "uploaded"})
    return job_id


def delivered() -> None:
    """Hand each message to its function, as Lambda would, until none is left."""
    parts = deps()
    lines = (
        (parts.jobs_queue, handlers.on_job),
        (parts.interviews_queue, handlers.on_slice),
        (parts.finalize_queue, handlers.on_recorded_run),
        (parts.content_queue, handlers.on_content),
    )
    while sum(_delivered(queue, handle) for queue, handle in lines):
        pass


def _delivered(queue: Any, handle: Any) -> bool:
    answer = clients.sqs().receive_message(QueueUrl=queue.url, AttributeNames=["All"])
    for message in answer.get("Messages", []):
        record = {
            "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"], "attributes": message["Attributes"], "messageAttributes": {},
            "eventSource": "aws:sqs", "eventSourceARN": "arn",
        }  # fmt: skip
        assert (
            handle_each(SQSEvent({"Records": [record]}, Context()), queue, handle)["batchItemFailures"] == []
        )
        queue.remove(message["ReceiptHandle"])
    return bool(answer.get("Messages"))


def story(log: Caught, job_id: str) -> list[dict[str, Any]]:
    return [line for line in log.lines if line.get("job") == job_id]


def test_one_id_leads_from_the_request_to_the_last_slice(stage: Stage) -> None:
    with caught() as log:
        job_id = sent()
        delivered()
    found = deps().jobs.get(job_id)
    assert found is not None
    assert found.correlation_id
    told = [line for line in log.lines if line.get("correlation_id") == found.correlation_id]
    assert [line["message"] for line in told if line["service"] != "events"] == [
        "A request was answered", "A run was begun", "A slice was claimed", "A slice was recorded",
        "A job has ended",
    ]  # fmt: skip
    assert {line["account"] for line in told} == {stage.account.account_id}
    assert {line["job"] for line in told if "object" not in line} == {job_id}
    slices = [line for line in told if line["service"] == "slices"]
    assert [(line["run"], line["slice"], line["claim"]) for line in slices] == [(1, 0, 1), (1, 0, 1)]
    assert log.of("A job has ended")[0]["status"] == "completed"
    # What is sent after the announcement has an id of its own, and the job's.
    assert len({line["correlation_id"] for line in story(log, job_id)}) == 2
    assert MARK not in log.text
    assert "key-ada" not in log.text


def test_a_request_is_a_line_with_its_route_and_not_its_words(stage: Stage) -> None:
    with caught() as log:
        ask("GET", f"/api/v0/remote-inference?job_uuid={MARK}")
        ask("GET", f"/api/v0/remote-cache/get-by-key/{MARK}")
        ask("GET", "/health")
    told = log.of("A request was answered")
    assert [line["route"] for line in told] == [
        "/api/v0/remote-inference",
        "/api/v0/remote-cache/get-by-key/{key}",
    ]
    assert [line["status"] for line in told] == [404, 200]
    assert {line["account"] for line in told} == {stage.account.account_id}
    assert MARK not in log.text


def test_a_message_that_fails_is_told_with_what_it_was_about(stage: Stage) -> None:
    job_id = sent()
    (message,) = stage.messages(stage.deps.settings.jobs_queue)
    stage.deps.jobs_queue.send([message], group=stage.account.account_id)

    def fails(*_: object) -> None:
        raise RuntimeError("no")

    answer = clients.sqs().receive_message(QueueUrl=stage.deps.jobs_queue.url, AttributeNames=["All"])
    got = answer["Messages"][0]
    record = {
        "messageId": "m-1", "receiptHandle": got["ReceiptHandle"], "body": got["Body"],
        "attributes": got["Attributes"], "messageAttributes": {}, "eventSource": "aws:sqs",
        "eventSourceARN": "arn",
    }  # fmt: skip
    with caught() as log:
        handle_each(
            SQSEvent({"Records": [record, {**record, "messageId": "m-2", "body": "[1"}]}, Context()),
            stage.deps.jobs_queue,
            fails,
        )
    first, second = log.of("A message failed and will come again")
    assert (first["job"], first["account"], first["message_id"]) == (job_id, stage.account.account_id, "m-1")
    assert first["correlation_id"] == message["correlation_id"]
    assert "RuntimeError: no" in first["exception"]
    assert second["message_id"] == "m-2"


def test_a_further_run_is_followed_by_the_request_that_asked_for_it(stage: Stage) -> None:
    job_id = sent()
    delivered()
    first = deps().jobs.get(job_id)
    assert first is not None
    with caught() as log:
        ask("POST", "/api/v0/remote-inference/retry", {"job_uuid": job_id, "scope": "all"})
        delivered()
    second = deps().jobs.get(job_id)
    assert second is not None
    assert second.correlation_id not in {"", first.correlation_id}
    assert {line["correlation_id"] for line in log.of("A slice was recorded")} == {second.correlation_id}
