"""Messages that are held, delayed and let go, as handlers with short leases do."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.environment import MOST_OF_A_GROUP
from tests.journey.stack import WAIT_SECONDS
from tests.unit.infra.local.moto.test_mends import all_at_once, client
from tests.unit.infra.local.servers import moto_server

LONGEST_POLL = 20
"""Seconds, as SQS has it."""


@dataclass(frozen=True)
class AQueue:
    address: str
    url: str

    def sqs(self) -> Any:
        return client(self.address, "sqs")

    def send(self, body: str = "x", delay: int = 0, **more: str) -> None:
        self.sqs().send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=delay, **more)

    def send_of(self, *groups: str) -> None:
        for number, group in enumerate(groups):
            self.send(f"{group}{number}", MessageGroupId=group)

    def receive(self, seconds: int = 0) -> dict[str, Any] | None:
        answer = self.sqs().receive_message(
            QueueUrl=self.url, WaitTimeSeconds=seconds, AttributeNames=["All"]
        )
        return next(iter(answer.get("Messages", [])), None)

    def hold(self, message: dict[str, Any], seconds: int) -> None:
        self.sqs().change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    def delete(self, message: dict[str, Any]) -> None:
        self.sqs().delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[AQueue]:
    with moto_server(tmp_path) as address:
        made = client(address, "sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "600"})
        yield AQueue(address, made["QueueUrl"])


def heard(queue: AQueue) -> float:
    """Return when a long poll had a message: one poll, and before it was over."""
    started = time.monotonic()
    assert queue.receive(LONGEST_POLL) is not None
    ended = time.monotonic()
    assert ended < started + LONGEST_POLL
    return ended


def test_a_poll_hears_of_a_message_whose_hold_runs_out(queue: AQueue) -> None:
    queue.send()
    message = queue.receive()
    assert message is not None
    held = time.monotonic()
    queue.hold(message, 2)
    assert heard(queue) > held + 1.9


def test_a_poll_hears_of_a_message_that_is_let_go(queue: AQueue) -> None:
    queue.send()
    message = queue.receive()
    assert message is not None
    let_go = threading.Event()

    def let_it_go() -> None:
        let_go.set()
        queue.hold(message, 0)

    timer = threading.Timer(0.5, let_it_go)
    timer.start()
    heard(queue)
    assert let_go.is_set()
    timer.join()


def test_a_poll_hears_of_a_delayed_message(queue: AQueue) -> None:
    sent = time.monotonic()
    queue.send(delay=2)
    assert heard(queue) > sent + 1.9


def test_a_hold_that_is_renewed_goes_on(queue: AQueue) -> None:
    queue.send()
    message = queue.receive()
    assert message is not None
    queue.hold(message, 1)
    queue.hold(message, 600)
    time.sleep(1.2)
    assert queue.receive() is None
    queue.hold(message, 1)
    heard(queue)


def test_a_message_that_came_back_meanwhile_can_be_deleted(queue: AQueue) -> None:
    queue.send()
    message = queue.receive()
    assert message is not None
    queue.hold(message, 0)
    queue.delete(message)
    assert queue.receive() is None


def test_a_message_that_another_has_meanwhile_counts_its_receives(queue: AQueue) -> None:
    queue.send()
    first = queue.receive()
    assert first is not None
    queue.hold(first, 0)
    second = queue.receive()
    assert second is not None
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["MessageId"] == first["MessageId"]
    queue.delete(second)
    with pytest.raises(ClientError) as caught:
        queue.hold(first, 5)
    assert caught.value.response["Error"]["Code"] == "ReceiptHandleIsInvalid"


def test_holding_at_the_same_time_as_everything_else_breaks_nothing(queue: AQueue) -> None:
    """Half the threads send; the others let each message go once before they delete it."""
    each = 25
    received: list[str] = []
    broken: list[Exception] = []

    def work(number: int) -> None:
        try:
            if number % 2:
                for count in range(each):
                    queue.send(f"{number}-{count}")
                return
            until = time.monotonic() + WAIT_SECONDS
            while len(received) < 4 * each and time.monotonic() < until:
                message = queue.receive(1)
                if message is None:
                    continue
                if message["Attributes"]["ApproximateReceiveCount"] == "1":
                    queue.hold(message, 0)
                else:
                    queue.hold(message, 600)
                    received.append(message["Body"])
                    queue.delete(message)
        except ClientError as problem:
            broken.append(problem)

    all_at_once(work)
    assert not broken
    assert sorted(received) == sorted(f"{number}-{count}" for number in (1, 3, 5, 7) for count in range(each))


def bodies(queue: AQueue, count: int) -> list[str]:
    return [message["Body"] for _ in range(count) if (message := queue.receive()) is not None]


def test_the_group_with_fewest_in_flight_comes_first(queue: AQueue) -> None:
    queue.send_of(*"aaaaab")
    assert bodies(queue, 6) == ["a0", "b5", "a1", "a2", "a3", "a4"]


def test_without_groups_messages_come_as_they_were_sent(queue: AQueue) -> None:
    for body in "cab":
        queue.send(body)
    assert bodies(queue, 3) == ["c", "a", "b"]


def test_of_a_tagged_queue_a_group_has_only_so_many_in_flight(queue: AQueue) -> None:
    queue.sqs().tag_queue(QueueUrl=queue.url, Tags={MOST_OF_A_GROUP: "1"})
    queue.send_of(*"aab")
    first, second = queue.receive(), queue.receive()
    assert first is not None
    assert second is not None
    assert [first["Body"], second["Body"]] == ["a0", "b2"]
    assert queue.receive() is None
    timer = threading.Timer(0.5, queue.delete, [first])
    timer.start()
    heard(queue)
    timer.join()
