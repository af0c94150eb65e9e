"""Lambda's event source mapping for the local stack: from a queue to a function, batch by batch.

A slot is one poller with one function process. It receives only while its process is idle, so the
number of slots is the number of invocations at a time. Visibility timeouts, receive counts and dead
letters are the queue's own affair, as in AWS: what is not deleted comes back.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.local.aws import CALL_ERRORS, LocalAws, Queue
from infra.local.delivery import BadAnswerError, event_of, handled
from infra.local.errors import StackError
from infra.local.health import OK
from infra.local.invocation import Function, FunctionEndedError, FunctionProcess, InvocationError
from infra.local.part import Part
from infra.local.subscriptions import Subscription

# Shorter than the 20 that SQS allows: between two polls a process that ended is noticed.
LONG_POLL_SECONDS = 5
LARGEST_RECEIVE = 10  # SQS gives no more at once
RESTART_PAUSE_SECONDS = 2.0

logger = logging.getLogger("local_stack.runtime")


class Slot:
    """One poller and its function process, in a thread of its own."""

    def __init__(
        self,
        *,
        name: str,
        subscription: Subscription,
        queue: Queue,
        function: Function,
        environment: Mapping[str, str],
        log: Path,
        aws: LocalAws,
    ) -> None:
        self.name = name
        self._condition = f"The process of {name} is starting."
        self.failure: StackError | None = None
        self.started = threading.Event()
        self._subscription = subscription
        self._queue = queue
        self._function = function
        self._environment = environment
        self._log = log
        self._sqs = aws.client("sqs", read_seconds=LONG_POLL_SECONDS + 30)
        self._stopping = threading.Event()
        self._process: FunctionProcess | None = None
        self._process_lock = threading.Lock()
        # A thread that ends takes its process with it (see lifeline.py), so it must not end early.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the process and, once it is ready, the polling."""
        self._thread.start()

    def stop(self) -> Part | None:
        """Receive nothing more; return the process that is still to be killed."""
        self._stopping.set()
        with self._process_lock:
            return self._process.part if self._process else None

    def how_it_is(self) -> str:
        """Return ``ok`` or a sentence about what is wrong with the process."""
        process = self._process
        if self._condition == OK and process is not None and not process.part.running():
            return f"The process of {self.name} has ended and will be replaced."
        return self._condition

    def alive(self) -> bool:
        """Say whether the polling thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                process = self._start_process()
                self._serve(process)
            except FunctionEndedError as problem:
                logger.warning("%s: %s; it is replaced", self.name, problem)
                self._condition = f"The process of {self.name} is being replaced: {problem}."
            except StackError as problem:
                logger.error("%s: %s", self.name, problem)  # noqa: TRY400  # the sentence says it all
                self._condition, self.failure = str(problem), problem
                self.started.set()
                self._stopping.wait(RESTART_PAUSE_SECONDS)

    def _start_process(self) -> FunctionProcess:
        with self._process_lock:
            if self._stopping.is_set():
                raise FunctionEndedError("the stack is stopping")
            self._condition = f"The process of {self.name} is starting."
            self._process = FunctionProcess(self._function, self._environment, self._log)
        self._process.wait_until_ready()
        self._condition, self.failure = OK, None
        self.started.set()
        return self._process

    def _serve(self, process: FunctionProcess) -> None:
        while not self._stopping.is_set():
            try:
                messages = self._receive()
                if not process.part.running():
                    # Replaced before the messages are handed over: they were received already, and
                    # would not come back before their visibility timeout.
                    process = self._replace(process)
                if messages:
                    self._deliver(process, messages)
            except CALL_ERRORS as problem:
                if not self._stopping.is_set():
                    logger.warning("%s: the queue does not answer: %s", self.name, problem)
                    self._stopping.wait(1.0)

    def _replace(self, process: FunctionProcess) -> FunctionProcess:
        process.kill()
        logger.warning(
            "%s: the process %s while it was idle; it is replaced", self.name, process.part.ending()
        )
        return self._start_process()

    def _receive(self) -> list[dict[str, Any]]:
        """Return a batch: what there is, or what comes within the batching window if there is one."""
        wanted = self._subscription.batch_size
        messages = self._receive_once(min(wanted, LARGEST_RECEIVE), LONG_POLL_SECONDS)
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
        try:
            answer = process.invoke(event_of(messages, self._queue.arn))
            done = handled(messages, answer)
        except (InvocationError, BadAnswerError) as problem:
            logger.warning("%s: %s; its %d messages come back", self.name, problem, len(messages))
            return
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


class Runtime:
    """All slots of the stack."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots = list(slots)

    def start(self) -> None:
        """Start every function process and wait until all have imported the application.

        Raises StackError with the first reason if one cannot.
        """
        for slot in self._slots:
            slot.start()
        for slot in self._slots:
            slot.started.wait()
            if slot.failure is not None:
                raise slot.failure

    def conditions(self) -> dict[str, str]:
        """Return each slot's condition by its name, ``ok`` or a sentence, and the runtime's own."""
        dead = [slot.name for slot in self._slots if not slot.alive()]
        own = f"Nobody polls the queue of {dead[0]} any more." if dead else OK
        return {"runtime": own} | {slot.name: slot.how_it_is() for slot in self._slots}

    def stop(self) -> list[Part]:
        """Receive nothing more; return the processes that are still to be killed."""
        return [part for slot in self._slots if (part := slot.stop()) is not None]
