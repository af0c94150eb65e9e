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
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
GONE = frozenset({"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"})


class UnsentMessagesError(Exception):
    """SQS took only part of a batch; the caller's own message must be delivered again."""


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

    def reachable(self) -> None:
        """Ask the queue for its attributes, so that its absence is noticed."""
        sqs().get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
