"""The parent's side of the survey engine: ask a child that has edsl, believe nothing it says.

The process that holds the AWS credentials never imports edsl. It starts one fork server that has
edsl imported and an almost empty environment, and the fork server forks one child a request
(architecture: "The engine sits in a child process"). Provider keys go to that child alone and
die with it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Triple
from chalicelib.domain.providers import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import Inspection, SliceOrder, SliceStore
from chalicelib.engine.sandbox.fork_server import Child, ForkServer, ForkServerError
from chalicelib.engine.slice_io import SliceIo
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.checks import SliceCheck, broken_protocol
from chalicelib.engine.wire.frames import FrameError, FrameTimeoutError

INSPECT_SECONDS = 120.0
LOOK_SECONDS = 0.25
"""How often to look whether a run is to be stopped."""
STOP_SECONDS = 3.0
"""How long calls in flight may take when it is."""
GRACE_SECONDS = 10.0
"""How long a child may take, after its time is over, to answer for what it did not finish."""


class Engine:
    """Loads jobs and runs slices of them in child processes. Threads may share one."""

    def __init__(self) -> None:
        self._fork_server: ForkServer | None = None
        self._lock = threading.Lock()

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
        """Have the fork server import edsl, without waiting for it; the first child comes the sooner."""
        with self._lock:
            if self._fork_server is None:
                self._fork_server = ForkServer()

    def inspect(self, job: Json, *, services: Sequence[Service]) -> Inspection:
        """Load a job, of whose lists only the first rows need be there; run nothing.

        Raises NotAnEdslJobError or UnknownServiceError with the reason in plain words, and
        EngineError if the engine itself fails. Keys and addresses of ``services`` stay here.
        """
        request = messages.inspect_request(job, [service.name for service in services])
        return messages.inspection_of(self._answer(request))

    def select(self, job: Document, *, first: Mapping[str, int]) -> list[Triple]:
        """Return the combinations of some rows of a job that its ``include_expression`` keeps.

        ``first`` says for ``agents``, ``scenarios`` and ``models`` which row of the whole job's list
        the first one given is; what is returned, in order, are rows of the whole job's lists.
        Raises NotAnEdslJobError with the reason in plain words, and EngineError if the engine fails.
        """
        ranges = [range(first[name], first[name] + max(1, len(job[name]))) for name in LISTS]
        return messages.selection_of(self._answer(messages.select_request(job, first)), ranges)

    def run(
        self,
        order: SliceOrder,
        store: SliceStore,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[InterviewRow]:
        """Run a slice and yield each interview as it finishes, in any order.

        ``store`` keeps answers before anything is made of them. It is called from three threads: one
        each to keep, to find and to add. What it raises is raised here and ends the run. An interview
        that the order's time was too short for does not come. If the child dies or lies, EngineError is
        raised after the rows that it had sent; a row that edsl cannot load raises NotAnEdslJobError.
        Closing the iterator kills the child. In all cases, what has been heard is kept, and added, first.

        Once ``stopped`` says so, no call is started any more, those in flight have STOP_SECONDS to end,
        and each interview that was answered something but is not finished comes as ``cut_off``.
        """
        if not order.subset.positions:
            return
        deadline = time.monotonic() + order.seconds + GRACE_SECONDS
        check = SliceCheck(
            (position.index for position in order.subset.positions),
            reads_cache=order.reads_cache,
            fills_cache=order.fills_cache,
        )
        child = self._child()
        try:
            with SliceIo(child, store, check.found) as slice_io:
                self._tell(child, messages.run_request(order), deadline)
                message = self._hear(child, self._until(child, deadline, stopped))
                while "end" not in message:
                    if "answer" in message:
                        slice_io.keep(check.answer_of(message))
                    elif "find" in message:
                        slice_io.find(check.keys_of(message))
                    elif "add" in message:
                        slice_io.add(check.entry_of(message))
                    else:
                        yield check.row_of(message)
                    message = self._hear(child, self._until(child, deadline, stopped))
                check.end(message)
        finally:
            child.end()

    def close(self) -> None:
        """Stop the fork server and every child. The engine may be used again afterwards."""
        with self._lock:
            if self._fork_server is not None:
                self._fork_server.close()
            self._fork_server = None

    def _answer(self, request: Json) -> Document:
        """Return a child's one answer to a request that runs nothing."""
        deadline = time.monotonic() + INSPECT_SECONDS
        child = self._child()
        try:
            return self._ask(child, request, deadline)
        finally:
            child.end()

    def _child(self) -> Child:
        with self._lock:
            for _ in range(2):
                if self._fork_server is None:
                    self._fork_server = ForkServer()
                try:
                    return self._fork_server.fork()
                except ForkServerError:
                    self._fork_server.close()
                    self._fork_server = None
        raise EngineError("The survey engine does not start.")

    def _ask(self, child: Child, request: Json, deadline: float) -> Document:
        self._tell(child, request, deadline)
        return self._hear(child, deadline)

    @staticmethod
    def _until(child: Child, deadline: float, stopped: Callable[[], bool]) -> float:
        """Wait for the child to say something, and tell it to stop if it shall; returns its deadline."""
        while not child.channel.arrives(LOOK_SECONDS):
            if time.monotonic() > deadline:
                break
            if not child.stopping and stopped():
                child.stopping = True
                # A child that is gone needs no telling.
                with contextlib.suppress(OSError):
                    child.channel.send(messages.stop_message(STOP_SECONDS))
        return deadline

    @staticmethod
    def _tell(child: Child, request: Json, deadline: float) -> None:
        try:
            child.channel.send(request, deadline)
        except OSError as error:
            raise _died() from error
        except FrameTimeoutError as error:
            raise _overran() from error
        except FrameError as error:
            raise EngineError("The job is too large for the survey engine.") from error

    @staticmethod
    def _hear(child: Child, deadline: float) -> Document:
        try:
            message = child.channel.receive(deadline)
        except OSError as error:
            raise _died() from error
        except FrameTimeoutError as error:
            raise _overran() from error
        except FrameError as error:
            raise broken_protocol() from error
        if message is None:
            raise _died()
        if not isinstance(message, dict):
            raise broken_protocol()
        if "error" in message:
            raise messages.error_of(message)
        return message


def _died() -> EngineError:
    return EngineError("The survey engine stopped before it had finished.")


def _overran() -> EngineError:
    return EngineError("The survey engine did not finish in time and was stopped.")
