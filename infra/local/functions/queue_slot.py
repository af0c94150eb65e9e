"""Lambda's event source mapping for the local stack: from a queue to a function, batch by batch.

It receives only while its process is idle, so the number of slots is the number of invocations at a
time. Visibility timeouts, receive counts and dead letters are the queue's own affair, as in AWS: what
is not deleted comes back.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from infra.local.aws import CALL_ERRORS, LocalAws, Queue
from infra.local.functions.delivery import BadAnswerError, event_of, handled
from infra.local.functions.invocation import Function, FunctionProcess, InvocationError
from infra.local.functions.slot import Slot
from infra.local.functions.subscriptions import Subscription
from infra.local.parts.held import Starter

# Shorter than the 20 that SQS allows: between two polls a process that ended is noticed.
LONG_POLL_SECONDS = 5
LARGEST_RECEIVE = 10  # SQS gives no more at once

logger = logging.getLogger("local_stack.runtime")


class QueueSlot(Slot):
    """One poller of a queue and its function process, which is there at once or from the first message on."""

    def __init__(
        self,
        *,
        name: str,
        subscription: Subscription,
        queue: Queue,
        function: Function,
        environment: Mapping[str, str],
        log: Path,
        start: Starter,
        aws: LocalAws,
        at_once: bool = True,
        beside: Self | None = None,
    ) -> None:
        """``at_once`` starts its process before a message comes.

        One ``beside`` another polls only while that is busy.
        """
        super().__init__(name=name, function=function, environment=environment, log=log, start=start)
        self._subscription = subscription
        self._queue = queue
        self._at_once = at_once and beside is None
        self._beside = beside
        self.busy = threading.Event()
        """While its process is at work."""
        self._sqs = aws.client("sqs", read_seconds=LONG_POLL_SECONDS + 30)

    def _serve(self) -> None:
        process = self._start_process() if self._at_once else None
        if process is None:
            self._is_well()
        while not self._stopping.is_set():
            try:
                if self._beside is not None and not self._beside.busy.wait(1.0):
                    continue
                messages = self._receive()
                if process is None:
                    wanted = messages or (self._beside is not None and self._beside.busy.is_set())
                    process = self._start_process() if wanted else None
                elif not process.part.running():
                    # Replaced before the messages are handed over: they were received already, and
                    # would not come back before their visibility timeout.
                    process = self._replace(process)
                if messages and process is not None:
                    self._deliver(process, messages)
            except CALL_ERRORS as problem:
                if not self._stopping.is_set():
                    logger.warning("%s: the queue does not answer: %s", self.name, problem)
                    self._stopping.wait(1.0)

    def _receive(self) -> list[dict[str, Any]]:
        """Return a batch: what there is, or what comes within the batching window if there is one."""
        wanted = self._subscription.batch_size
        longest = LONG_POLL_SECONDS if self._beside is None else 1
        messages = self._receive_once(min(wanted, LARGEST_RECEIVE), longest)
        deadline = time.monotonic() + self._subscription.window_seconds
        while messages and len(messages) < wanted and not self._stopping.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            more = min(wanted - len(messages), LARGEST_RECEIVE)
            messages += self._receive_once(more, max(1, round(left)))
        return messages

    def _receive_once(self, count: int, seconds: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue.url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=min(seconds, LONG_POLL_SECONDS),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _deliver(self, process: FunctionProcess, messages: Sequence[Mapping[str, Any]]) -> None:
        started = time.monotonic()
        self.busy.set()
        try:
            answer = process.invoke(event_of(messages, self._queue.arn))
            done = handled(messages, answer)
        except (InvocationError, BadAnswerError) as problem:
            logger.warning("%s: %s; its %d messages come back", self.name, problem, len(messages))
            return
        finally:
            self.busy.clear()
        logger.info(
            "%s: %d of %d messages handled in %.2f s",
            *(self.name, len(done), len(messages), time.monotonic() - started),
        )
        for start in range(0, len(done), LARGEST_RECEIVE):
            self._sqs.delete_message_batch(
                QueueUrl=self._queue.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(done[start : start + LARGEST_RECEIVE])
                ],
            )
