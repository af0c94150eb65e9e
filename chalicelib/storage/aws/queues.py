"""Messages that wake the functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.storage.aws.clients import sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
COUNTS: tuple[QueueAttributeNameType, ...] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
GONE = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"})


class UnsentMessagesError(Exception):
    """SQS took only part of a batch; the caller's own message must be delivered again."""


@dataclass(frozen=True)
class Depth:
    """How many messages a queue has."""

    waiting: int
    at_work: int
    """Somebody was handed these."""
    later: int
    """These come after a delay."""

    @property
    def all(self) -> int:
        """Return how many there are together."""
        return self.waiting + self.at_work + self.later


@dataclass(frozen=True)
class Letter:
    """A message as it lies in a queue."""

    message_id: str
    body: str
    sent_at: int
    """Milliseconds since 1970."""
    receipt: str


@dataclass(frozen=True)
class Queue:
    """One SQS queue, by its URL."""

    url: str

    def send(
        self, messages: Iterable[Mapping[str, Any]], *, group: str | None = None, delay_seconds: int = 0
    ) -> None:
        """Send messages, ten a request, to be delivered after a delay of at most 900 seconds (SQS).

        ``group`` is whose they are, by which SQS keeps one's many from delaying another's few (a
        standard queue's MessageGroupId: fair queues). Raises UnsentMessagesError if any was not taken.
        """
        options: dict[str, Any] = {"DelaySeconds": min(delay_seconds, LONGEST_DELAY_SECONDS)}
        if group is not None:
            options["MessageGroupId"] = group
        bodies = [json.dumps(message) for message in messages]
        for start in range(0, len(bodies), BATCH):
            if start:
                reached(FaultPoint.BATCH_SENT)
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(index), "MessageBody": body, **options}  # type: ignore[typeddict-item]
                for index, body in enumerate(bodies[start : start + BATCH])
            ]
            answer = sqs().send_message_batch(QueueUrl=self.url, Entries=entries)
            if answer.get("Failed"):
                raise UnsentMessagesError(f"{len(answer['Failed'])} of {len(bodies)} messages not taken")

    def hold(self, receipt: str, seconds: int) -> None:
        """Keep a message that was received out of sight for so long, counted from now.

        A message that is gone, or that another receiver has by now, is left as it is.
        """
        try:
            sqs().change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except ClientError as error:
            if error.response["Error"]["Code"].rpartition(".")[2] not in GONE:
                raise

    def depth(self) -> Depth:
        """Return how many messages there are, about: SQS counts them on many machines."""
        found = sqs().get_queue_attributes(QueueUrl=self.url, AttributeNames=[*COUNTS])["Attributes"]
        waiting, at_work, later = (int(found[name]) for name in COUNTS)
        return Depth(waiting, at_work, later)

    def look(self, *, hidden_seconds: int = 0) -> list[Letter]:
        """Return up to ten messages, and leave them where they are; nobody else is given them meanwhile."""
        answer = sqs().receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=hidden_seconds,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        return [
            Letter(
                message_id=message["MessageId"],
                body=message["Body"],
                sent_at=int(message.get("Attributes", {}).get("SentTimestamp", 0)),
                receipt=message["ReceiptHandle"],
            )
            for message in answer.get("Messages", [])
        ]

    def remove(self, receipt: str) -> None:
        """Delete a message that was looked at."""
        sqs().delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def reachable(self) -> None:
        """Ask the queue for its attributes, so that its absence is noticed."""
        sqs().get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
