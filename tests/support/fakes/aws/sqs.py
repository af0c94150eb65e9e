"""The SQS client of boto3: standard queues on the test's own clock."""

# ruff: noqa: N803, ARG002 - parameters are those that boto3 has

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.support.fakes.aws.faults import Fault, Request
from tests.support.fakes.aws.gate import Gate, refusal
from tests.support.fakes.aws.queues import Message, Queue

Answer = dict[str, Any]
BATCH = 10
BATCH_BYTES = 1024 * 1024
LONGEST_DELAY = 900
LONGEST_VISIBILITY = 43_200


class FakeSqs:
    """``boto3.client("sqs")``. Messages come as they became visible, or, given ``dice``, in any order."""

    def __init__(self, queues: Iterable[Queue], gate: Gate, clock: Callable[[], int]) -> None:
        self.dice: random.Random | None = None
        self.queues = {queue.url: queue for queue in queues}
        self._gate = gate
        self._clock = clock
        self._numbers = itertools.count(1)

    def get_queue_url(self, *, QueueName: str) -> Answer:
        request = Request("sqs", "get_queue_url")

        def work() -> Answer:
            for queue in self.queues.values():
                if queue.name == QueueName:
                    return {"QueueUrl": queue.url}
            raise _unknown_queue(request)

        return self._gate.carry_out(request, work)

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str] = ()) -> Answer:
        def work(_request: Request, queue: Queue) -> Answer:
            told = queue.attributes(self._clock())
            wanted = told if "All" in AttributeNames else AttributeNames
            return {"Attributes": {name: told[name] for name in wanted if name in told}}

        return self._carry_out("get_queue_attributes", QueueUrl, work)

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int | None = None) -> Answer:
        def work(request: Request, queue: Queue) -> Answer:
            _check_delay(request, DelaySeconds or 0)
            return self._taken(queue, MessageBody, DelaySeconds)

        return self._carry_out("send_message", QueueUrl, work)

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Answer:
        def work(request: Request, queue: Queue) -> Answer:
            _check_batch(request, Entries)
            left = self._left_over(request, Entries)
            taken = [
                {
                    "Id": entry["Id"],
                    **self._taken(
                        queue, entry["MessageBody"], entry.get("DelaySeconds"), entry.get("MessageGroupId")
                    ),
                }
                for entry in Entries
                if entry["Id"] not in left
            ]
            answer: Answer = {"Successful": taken} if taken else {}
            return {**answer, "Failed": _failed(left)} if left else answer

        return self._carry_out("send_message_batch", QueueUrl, work)

    def receive_message(
        self,
        *,
        QueueUrl: str,
        MaxNumberOfMessages: int = 1,
        VisibilityTimeout: int | None = None,
        WaitTimeSeconds: int = 0,
        AttributeNames: Sequence[str] = (),
        MessageSystemAttributeNames: Sequence[str] = (),
    ) -> Answer:
        wanted = {*AttributeNames, *MessageSystemAttributeNames}

        def work(request: Request, queue: Queue) -> Answer:
            if not 1 <= MaxNumberOfMessages <= BATCH:
                raise refusal(request, "InvalidParameterValue", "MaxNumberOfMessages must be 1 to 10")
            now = self._clock()
            messages = queue.receive(now, MaxNumberOfMessages, VisibilityTimeout, self.dice)
            return {"Messages": [_told(message, wanted) for message in messages]} if messages else {}

        return self._carry_out("receive_message", QueueUrl, work)

    def change_message_visibility(
        self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int
    ) -> Answer:
        def work(request: Request, queue: Queue) -> Answer:
            if not 0 <= VisibilityTimeout <= LONGEST_VISIBILITY:
                raise refusal(request, "InvalidParameterValue", "VisibilityTimeout must be 0 to 43200")
            now = self._clock()
            message = _by_receipt(request, queue, ReceiptHandle)
            if message is None or message.receipt != ReceiptHandle or message.visible_at <= now:
                refused = "Value for parameter ReceiptHandle is invalid. Reason: Message is not in flight"
                raise refusal(request, "AWS.SimpleQueueService.MessageNotInflight", refused)
            message.visible_at = now + VisibilityTimeout * 1000
            return {}

        return self._carry_out("change_message_visibility", QueueUrl, work)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> Answer:
        def work(request: Request, queue: Queue) -> Answer:
            queue.delete(_by_receipt(request, queue, ReceiptHandle), ReceiptHandle)
            return {}

        return self._carry_out("delete_message", QueueUrl, work)

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> Answer:
        def work(request: Request, queue: Queue) -> Answer:
            _check_batch(request, Entries)
            left = self._left_over(request, Entries)
            taken = [entry for entry in Entries if entry["Id"] not in left]
            for entry in taken:
                receipt = entry["ReceiptHandle"]
                queue.delete(_by_receipt(request, queue, receipt), receipt)
            answer: Answer = {"Successful": [{"Id": entry["Id"]} for entry in taken]}
            return {**answer, "Failed": _failed(left)} if left else answer

        return self._carry_out("delete_message_batch", QueueUrl, work)

    def _taken(self, queue: Queue, body: str, delay: int | None, group: str | None = None) -> Answer:
        seconds = queue.delay_seconds if delay is None else delay
        now = self._clock()
        identifier = f"message-{next(self._numbers):06d}"
        visible_at = now + seconds * 1000
        queue.messages[identifier] = Message(
            identifier, body, sent_at=now, visible_at=visible_at, group=group
        )
        return {"MessageId": identifier, "MD5OfMessageBody": _md5(body)}

    def _left_over(self, request: Request, entries: Sequence[Mapping[str, Any]]) -> list[str]:
        if not self._gate.faults.happens(Fault.PARTIAL, request):
            return []
        dice = self._gate.faults.dice
        names = [entry["Id"] for entry in entries]
        return dice.sample(names, dice.randrange(1, len(names) + 1))

    def _carry_out(self, operation: str, url: str, work: Callable[[Request, Queue], Answer]) -> Answer:
        request = Request("sqs", operation)

        def found() -> Answer:
            if url not in self.queues:
                raise _unknown_queue(request)
            return work(request, self.queues[url])

        return self._gate.carry_out(request, found)


def _unknown_queue(request: Request) -> Exception:
    return refusal(request, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


def _by_receipt(request: Request, queue: Queue, receipt: str) -> Message | None:
    """Return the message that a receipt was given for; None if it is deleted already."""
    identifier, _, number = receipt.rpartition("#")
    if not identifier or not number.isdigit():
        raise refusal(request, "ReceiptHandleIsInvalid", "The input receipt handle is invalid.", 404)
    return queue.messages.get(identifier)


def _check_delay(request: Request, seconds: int) -> None:
    if not 0 <= seconds <= LONGEST_DELAY:
        message = f"Value {seconds} for parameter DelaySeconds is invalid. Reason: must be between 0 and 900."
        raise refusal(request, "InvalidParameterValue", message)


def _check_batch(request: Request, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        raise refusal(request, "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one.")
    if len(entries) > BATCH:
        message = f"Maximum number of entries per request are {BATCH}. You have sent {len(entries)}."
        raise refusal(request, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", message)
    if len({entry["Id"] for entry in entries}) < len(entries):
        message = f"Id {entries[-1]['Id']} repeated."
        raise refusal(request, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", message)
    if sum(len(entry.get("MessageBody", "").encode()) for entry in entries) > BATCH_BYTES:
        message = f"Batch requests cannot be longer than {BATCH_BYTES} bytes."
        raise refusal(request, "AWS.SimpleQueueService.BatchRequestTooLong", message)
    for entry in entries:
        _check_delay(request, entry.get("DelaySeconds") or 0)


def _failed(names: list[str]) -> list[Answer]:
    return [
        {"Id": name, "SenderFault": False, "Code": "InternalError", "Message": "Try again."} for name in names
    ]


def _told(message: Message, wanted: set[str]) -> Answer:
    attributes = {
        "ApproximateReceiveCount": str(message.receives),
        "SentTimestamp": str(message.sent_at),
        "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
    }
    if message.group is not None:
        attributes["MessageGroupId"] = message.group
    answer: Answer = {
        "MessageId": message.identifier,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": _md5(message.body),
        "Body": message.body,
    }
    chosen = attributes if "All" in wanted else {n: v for n, v in attributes.items() if n in wanted}
    return {**answer, "Attributes": chosen} if chosen else answer


def _md5(body: str) -> str:
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
