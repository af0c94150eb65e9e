"""The border for queues: how long a message is held, and when a failed one comes again."""

import json
from typing import Any

import pytest
from chalice.app import SQSEvent

from chalicelib.events.messages import handle_each, wait_before
from chalicelib.services.delivery import Delivery, held
from chalicelib.storage.aws import clients
from tests.support.stage import Stage


class Context(dict[str, Any]):
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def received(stage: Stage) -> dict[str, Any]:
    """Return a message as the queue gave it out, as Lambda hands it on."""
    queue = stage.deps.settings.interviews_queue
    clients.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps({"start": 3}))
    message = clients.sqs().receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"][0]
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn",
    }


def hidden_seconds(stage: Stage, monkeypatch: pytest.MonkeyPatch, handle: Any) -> tuple[Any, list[int]]:
    asked: list[int] = []
    queue = stage.deps.interviews_queue
    record = received(stage)
    hold = type(queue).hold

    def noted(self: Any, receipt: str, seconds: int) -> None:
        asked.append(seconds)
        hold(self, receipt, seconds)

    monkeypatch.setattr(type(queue), "hold", noted)
    answer = handle_each(SQSEvent({"Records": [record]}, Context()), queue, handle)
    return answer, asked


def test_a_message_is_held_for_a_lease_while_it_is_worked_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def handle(message: dict[str, Any], delivery: Delivery) -> None:
        with held(delivery):
            seen.append((message, delivery.seconds_left()))

    answer, asked = hidden_seconds(stage, monkeypatch, handle)
    assert seen == [({"start": 3}, 60.0)]
    assert answer == {"batchItemFailures": []}
    assert asked == [30]


def test_a_failed_message_waits_and_is_answered_as_failed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(message: dict[str, Any], delivery: Delivery) -> None:
        raise ValueError("no")

    answer, asked = hidden_seconds(stage, monkeypatch, handle)
    assert len(answer["batchItemFailures"]) == 1
    assert asked == [30]


def test_each_failure_makes_the_next_try_wait_longer() -> None:
    assert [wait_before(tries, 30) for tries in (1, 2, 3, 5, 6, 10)] == [30, 60, 120, 480, 900, 900]


def test_a_message_that_is_gone_can_be_held_no_more(stage: Stage) -> None:
    record = received(stage)
    queue = stage.deps.interviews_queue
    clients.sqs().delete_message(QueueUrl=queue.url, ReceiptHandle=record["receiptHandle"])
    queue.hold(record["receiptHandle"], 30)
    queue.hold("never-given", 30)
