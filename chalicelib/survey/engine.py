"""The parent's side of the survey engine: ask a child that has edsl, believe nothing it says.

The process that holds the AWS credentials never imports edsl. It starts one zygote that has
edsl imported and an almost empty environment, and the zygote forks one child a request
(architecture: "The engine sits in a child process"). Provider keys go to that child alone and
die with it.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from chalicelib.domain.errors import EngineError
from chalicelib.domain.interview import Document, Inspection, InterviewRow, Json, Service, SliceOrder
from chalicelib.survey import messages, slicing
from chalicelib.survey.frames import FrameError, FrameTimeoutError
from chalicelib.survey.nursery import Child, Nursery, NurseryError

INSPECT_SECONDS = 120.0
GRACE_SECONDS = 10.0
"""How long a child may take, after its time is over, to answer for what it did not finish."""


class Engine:
    """Loads jobs and runs slices of them in child processes. Threads may share one."""

    def __init__(self) -> None:
        self._nursery: Nursery | None = None
        self._lock = threading.Lock()
        self._seed: tuple[Document, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Have the zygote import edsl, without waiting for it; the first child comes the sooner."""
        with self._lock:
            if self._nursery is None:
                self._nursery = Nursery()

    def inspect(self, job: Json, *, services: Sequence[Service]) -> Inspection:
        """Load a job and tell how large it is, running nothing.

        Raises NotAnEdslJobError or UnknownServiceError with the reason in plain words, and
        EngineError if the engine itself fails. Keys and addresses of ``services`` stay here.
        """
        deadline = time.monotonic() + INSPECT_SECONDS
        request = messages.inspect_request(job, [service.name for service in services])
        child = self._child()
        try:
            message = self._ask(child, request, deadline)
            return messages.inspection_of(message)
        finally:
            child.end()

    def run(self, order: SliceOrder) -> Iterator[InterviewRow]:
        """Run a slice and yield each interview as it finishes, in any order.

        Every index of the slice comes exactly once; an interview that did not finish in time
        comes with an ``InterviewTimeoutError``. If the child dies or lies, EngineError is raised
        after the rows that it had sent. Closing the iterator kills the child.
        """
        if order.start >= order.stop:
            return
        deadline = time.monotonic() + order.seconds + GRACE_SECONDS
        check = messages.RowCheck(order.start, order.stop)
        request = messages.run_request(*slicing.cut(replace(order, seed=self._seed_of(order))))
        child = self._child()
        try:
            message = self._ask(child, request, deadline)
            while "end" not in message:
                yield check.row_of(message)
                message = self._hear(child, deadline)
            if not check.complete:
                raise messages.broken_protocol()
        finally:
            child.end()

    def close(self) -> None:
        """Stop the zygote and every child. The engine may be used again afterwards."""
        with self._lock:
            if self._nursery is not None:
                self._nursery.close()
            self._nursery = None

    def _seed_of(self, order: SliceOrder) -> str:
        """Return the order's seed, else its job's own, worked out once for the slices of one job."""
        if order.seed:
            return order.seed
        known = self._seed
        if known is None or known[0] is not order.job:
            known = self._seed = (order.job, slicing.seed_of(order.job))
        return known[1]

    def _child(self) -> Child:
        with self._lock:
            for _ in range(2):
                if self._nursery is None:
                    self._nursery = Nursery()
                try:
                    return self._nursery.fork()
                except NurseryError:
                    self._nursery.close()
                    self._nursery = None
        raise EngineError("The survey engine does not start.")

    def _ask(self, child: Child, request: Json, deadline: float) -> Document:
        try:
            child.channel.send(request, deadline)
        except OSError as error:
            raise _died() from error
        except FrameTimeoutError as error:
            raise _overran() from error
        except FrameError as error:
            raise EngineError("The job is too large for the survey engine.") from error
        return self._hear(child, deadline)

    @staticmethod
    def _hear(child: Child, deadline: float) -> Document:
        try:
            message = child.channel.receive(deadline)
        except OSError as error:
            raise _died() from error
        except FrameTimeoutError as error:
            raise _overran() from error
        except FrameError as error:
            raise messages.broken_protocol() from error
        if message is None:
            raise _died()
        if not isinstance(message, dict):
            raise messages.broken_protocol()
        if "error" in message:
            raise messages.error_of(message)
        return message


def _died() -> EngineError:
    return EngineError("The survey engine stopped before it had finished.")


def _overran() -> EngineError:
    return EngineError("The survey engine did not finish in time and was stopped.")
