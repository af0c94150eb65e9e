"""Queues whose messages are given out, held and deleted under their lock, with a clock that costs little."""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import math
import time
from typing import Any

import moto.sqs.models as sqs_models

JUST_NOW = 50.0
"""Milliseconds: what became visible since may not have been looked at."""


def apply() -> None:
    """Have queues lose nothing and give nothing out twice, among threads, at little cost."""
    _make_thread_safe()
    _make_the_clock_cheap()


def _make_thread_safe() -> None:
    """Give out, delete and hold messages under the queue's own lock.

    Unlocked, two receivers get one message, and a deletion that rebuilds the list of messages
    loses one that is sent meanwhile. Waiting for messages releases the lock, however often held, and
    ends when one becomes visible by itself, too.
    """
    original_receive = sqs_models.SQSBackend.receive_message
    original_delete = sqs_models.Queue.delete_message

    def receive_message(self: Any, queue_name: str, *positional: Any, **named: Any) -> Any:
        with self.get_queue(queue_name)._messages_lock:
            return original_receive(self, queue_name, *positional, **named)

    def delete_message(self: Any, receipt_handle: str) -> None:
        with self._messages_lock:
            original_delete(self, receipt_handle)
            self._messages_lock.notify_all()  # another of its group may be given out now

    original_change = sqs_models.SQSBackend.change_message_visibility

    def change_message_visibility(self: Any, queue_name: str, *positional: Any, **named: Any) -> None:
        lock = self.get_queue(queue_name)._messages_lock
        with lock:
            original_change(self, queue_name, *positional, **named)
            lock.notify_all()  # it may be visible at once

    def wait_for_messages(self: Any, timeout: float) -> None:
        with self._messages_lock:
            now = time.time() * 1000
            appear = [max(message.visible_at, message.delayed_until) for message in self._messages]
            # Those that have long been visible and are not given out wait for another of their group.
            appear = [moment for moment in appear if moment > now - JUST_NOW]
            seconds = (min(appear, default=math.inf) - now) / 1000
            # A message is visible after its moment, not at it.
            self._messages_lock.wait(max(0.001, min(timeout, seconds + 0.002)))

    sqs_models.SQSBackend.change_message_visibility = change_message_visibility
    sqs_models.Queue.wait_for_messages = wait_for_messages
    sqs_models.SQSBackend.receive_message = receive_message
    sqs_models.Queue.delete_message = delete_message


def _make_the_clock_cheap() -> None:
    """Each send asks every waiting message for its age; building two datetimes an answer is too dear."""
    sqs_models.unix_time = time.time
    sqs_models.unix_time_millis = lambda: time.time() * 1000.0
