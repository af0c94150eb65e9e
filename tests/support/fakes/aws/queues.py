"""What SQS holds: queues of messages, each visible from some time on."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Message:
    """One message. Times are milliseconds since 1970."""

    identifier: str
    body: str
    sent_at: int
    visible_at: int
    receives: int = 0
    first_received_at: int = 0
    group: str | None = None
    """Whose it is: its message group."""

    @property
    def receipt(self) -> str:
        """Return the handle of its last receipt; those before it no longer delete it."""
        return f"{self.identifier}#{self.receives}"


@dataclass
class Queue:
    """One queue; ``most`` receipts are followed by a move to the dead letters."""

    name: str
    url: str
    arn: str
    visibility_seconds: int = 30
    delay_seconds: int = 0
    retention_seconds: int = 345_600
    most: int = 0
    dead_letters: Queue | None = None
    messages: dict[str, Message] = field(default_factory=dict)

    def receive(
        self, now: int, count: int, visibility_seconds: int | None, dice: random.Random | None
    ) -> list[Message]:
        """Give out visible messages, hidden from others for a while; move those received too often."""
        waiting = sorted(
            (message for message in self.messages.values() if message.visible_at <= now),
            key=lambda message: message.visible_at,
        )
        if dice is not None:
            dice.shuffle(waiting)
        seconds = self.visibility_seconds if visibility_seconds is None else visibility_seconds
        given: list[Message] = []
        for message in waiting:
            if len(given) == count:
                break
            if now - message.sent_at > self.retention_seconds * 1000:
                del self.messages[message.identifier]
            elif self.dead_letters is not None and message.receives >= self.most:
                self._bury(message, now)
            else:
                message.first_received_at = message.first_received_at or now
                message.receives += 1
                message.visible_at = now + seconds * 1000
                given.append(message)
        return given

    def _bury(self, message: Message, now: int) -> None:
        assert self.dead_letters is not None
        del self.messages[message.identifier]
        message.visible_at = now
        self.dead_letters.messages[message.identifier] = message

    def delete(self, message: Message | None, receipt: str) -> None:
        """Delete a message, unless it was received again since that receipt."""
        if message is not None and message.receipt == receipt:
            del self.messages[message.identifier]

    def waiting(self, now: int) -> int:
        """Return how many messages are visible."""
        return sum(message.visible_at <= now for message in self.messages.values())

    def attributes(self, now: int) -> dict[str, str]:
        """Return what GetQueueAttributes tells, as strings."""
        hidden = [message for message in self.messages.values() if message.visible_at > now]
        delayed = [message for message in hidden if not message.receives]
        told: dict[str, Any] = {
            "QueueArn": self.arn,
            "VisibilityTimeout": self.visibility_seconds,
            "DelaySeconds": self.delay_seconds,
            "MessageRetentionPeriod": self.retention_seconds,
            "ApproximateNumberOfMessages": len(self.messages) - len(hidden),
            "ApproximateNumberOfMessagesDelayed": len(delayed),
            "ApproximateNumberOfMessagesNotVisible": len(hidden) - len(delayed),
        }
        if self.dead_letters is not None:
            policy = {"deadLetterTargetArn": self.dead_letters.arn, "maxReceiveCount": self.most}
            told["RedrivePolicy"] = json.dumps(policy)
        return {name: str(value) for name, value in told.items()}
