"""Messages that wake the functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.storage.aws import sqs

BATCH = 10


class UnsentMessagesError(Exception):
    """SQS took only part of a batch; the caller's own message must be delivered again."""


@dataclass(frozen=True)
class Queue:
    """One SQS queue, by its URL."""

    url: str

    def send(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Send messages, ten a request.

        Raises UnsentMessagesError if any was not taken.
        """
        bodies = [json.dumps(message) for message in messages]
        for start in range(0, len(bodies), BATCH):
            answer = sqs().send_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(index), "MessageBody": body}
                    for index, body in enumerate(bodies[start : start + BATCH])
                ],
            )
            if answer.get("Failed"):
                raise UnsentMessagesError(f"{len(answer['Failed'])} of {len(bodies)} messages not taken")

    def reachable(self) -> None:
        """Ask the queue for its attributes, so that its absence is noticed."""
        sqs().get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
