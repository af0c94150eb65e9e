"""Fair queues, which moto has not: one group's many messages do not delay another group's few.

AWS gives out first what belongs to a message group with few messages in flight, on standard queues whose
senders name groups. Here this rule is strict, and a queue may be tagged to have only so many messages
of a group in flight: Lambda has a function for each, a laptop has two.
"""

# ruff: noqa: ANN401 - moto's objects

from collections import Counter
from typing import Any

import moto.sqs.models as sqs_models

from infra.local.environment import MOST_OF_A_GROUP


def apply() -> None:
    """Have queues give out their messages in fair order."""
    # mypy takes a property of the class for what it returns.
    as_they_came: Any = sqs_models.Queue.messages

    def messages(self: Any) -> list[Any]:
        visible: list[Any] = as_they_came.fget(self)
        if self.fifo_queue or not any(message.group_id for message in visible):
            return visible
        in_flight = Counter(
            message.group_id for message in self._messages if message.receipt_handle and not message.visible
        )
        most = int(self.tags.get(MOST_OF_A_GROUP, 0))
        allowed = [
            message
            for message in visible
            if not (most and message.group_id and in_flight[message.group_id] >= most)
        ]
        return sorted(allowed, key=lambda message: in_flight[message.group_id])

    sqs_models.Queue.messages = property(messages)
