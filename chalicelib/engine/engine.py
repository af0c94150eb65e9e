"""The parent's side of the survey engine: ask a child that has edsl, believe nothing it says.

The process that holds the AWS credentials never imports edsl. It starts one fork server that has
edsl imported and an almost empty environment, and the fork server forks children for each request
(architecture: "The engine"). What strangers wrote runs in a jail; providers' keys go to a slice's caller
alone and die with it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from math import prod
from types import TracebackType
from typing import Self

from chalicelib.domain.errors import EngineError, NoWallsError, SlowJobError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Triple
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import (
    UNLIMITED,
    UNWATCHED,
    Allowances,
    CallWatch,
    Inspection,
    SliceOrder,
    SliceStore,
)
from chalicelib.domain.runs.walls import NO_WALLS, Walls
from chalicelib.engine.patience import Patience
from chalicelib.engine.relay import Calls
from chalicelib.engine.sandbox.environment import memory_bytes
from chalicelib.engine.sandbox.fork_server import Child, ForkServer, ForkServerError
from chalicelib.engine.sandbox.roles import Limits, Role
from chalicelib.engine.slice_io import SliceIo
from chalicelib.engine.talk import DiedError, OverranError, hear, hear_walls, overran, tell
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.call_checks import CallCheck
from chalicelib.engine.wire.checks import SliceCheck
from chalicelib.engine.wire.shares import Models, caller_services, jail_order, named_in

LOADING_SECONDS = 10.0
"""Processor time in which a job that is only looked at must be loaded."""
AT_ONCE = 1000
"""One second more for so many questions or combinations."""
CLOCK = 5
"""By the clock so many times as much."""
LOADING_TRIES = 2
THREADS = 2
"""So many times a slice's seconds may be its processor time; the worker's clock comes first."""
GRACE_SECONDS = 10.0
"""How long a child may take, after its time is over, to answer for what it did not finish."""

WITHOUT_WALLS = (
    "This Perch runs no jobs: its machine has no seccomp, which keeps what a job brings along apart from "
    "everything else. Tell whoever runs it."
)


class Engine:
    """Loads jobs and runs slices of them in child processes. Threads may share one."""

    def __init__(self, *, without_walls: bool = False) -> None:
        self.walls: Walls | None = None
        """See ``SurveyEngine.walls``."""
        self.without_walls = without_walls
        """Run jobs also where the machine has no walls: for whoever runs only his own."""
        self._memory_bytes = memory_bytes()
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

    def start(self, services: Iterable[str] = ()) -> None:
        """Have the fork server import edsl and what models of services are asked with.

        Waits for nothing; the first child comes the sooner.
        """
        with self._lock:
            if self._fork_server is None:
                self._fork_server = ForkServer()
            self._fork_server.prepare(services)

    def inspect(self, job: Json, *, services: Sequence[Service]) -> Inspection:
        """See ``SurveyEngine.inspect``. Keys and addresses of ``services`` stay here."""
        names = [service.name for service in services]
        request = messages.inspect_request(job, names)
        seconds = _seconds_for(_questions_of(job))
        return messages.inspection_of(self._load(request, seconds, named_in(job) & set(names)))

    def select(self, job: Document, *, first: Mapping[str, int]) -> list[Triple]:
        """See ``SurveyEngine.select``."""
        ranges = [range(first[name], first[name] + max(1, len(job[name]))) for name in LISTS]
        seconds = _seconds_for(_questions_of(job) + prod(map(len, ranges)))
        return messages.selection_of(self._load(messages.select_request(job, first), seconds), ranges)

    def run(
        self,
        order: SliceOrder,
        store: SliceStore,
        stopped: Callable[[], bool] = lambda: False,
        draining: Callable[[], bool] = lambda: False,
        allowances: Allowances = UNLIMITED,
        *,
        watch: CallWatch = UNWATCHED,
    ) -> Iterator[InterviewRow]:
        """See ``SurveyEngine.run``.

        ``store`` is called from three threads: one each to keep, to find and to add; ``allowances`` from
        another one. Closing the iterator kills both children.
        """
        if not order.subset.positions:
            return
        deadline = time.monotonic() + order.seconds + GRACE_SECONDS
        models = Models(order.subset.document)
        check = SliceCheck(
            (position.index for position in order.subset.positions),
            reads_cache=order.reads_cache,
            fills_cache=order.fills_cache,
        )
        calls = Calls(
            CallCheck(check.is_open, models, at_once=order.calls_in_flight, given=order.answers),
            *(allowances, watch, order.seconds),
        )
        watch.begin()
        seconds = THREADS * (order.seconds + GRACE_SECONDS)
        services = caller_services(order, models)
        names = [service.name for service in services]
        with (
            self._child(Role.CALLER, seconds, names) as caller,
            self._child(Role.JAIL, seconds, names) as jail,
        ):
            tell(caller, messages.call_request(services), deadline)
            hear_walls(caller, deadline)
            with SliceIo(
                jail, caller, store, check.found, calls, keeps_in_cache=order.keeps_in_cache
            ) as slice_io:
                tell(jail, messages.run_request(jail_order(order)), deadline)
                self.walls = hear_walls(jail, deadline)
                patience = Patience(
                    *(jail, caller, stopped, draining),
                    deadline=deadline,
                    stuck_seconds=order.interview_seconds + GRACE_SECONDS,
                    stopping=slice_io.relay.gate.close,
                )
                message = hear(jail, patience.wait())
                while "end" not in message:
                    if "find" in message:
                        slice_io.find(check.keys_of(message))
                    elif "add" in message:
                        slice_io.add(check.entry_of(message))
                    elif "settled" in message:
                        watch.settled(check.settled_of(message))
                    elif not slice_io.relay.carry(message, deadline):
                        row = check.row_of(message)
                        slice_io.ended(row.index)
                        yield row
                    message = hear(jail, patience.wait())
                check.end(message)

    def close(self) -> None:
        """Stop the fork server and every child. The engine may be used again afterwards."""
        with self._lock:
            if self._fork_server is not None:
                self._fork_server.close()
            self._fork_server = None

    def _load(self, request: Json, seconds: float, services: Collection[str] = ()) -> Document:
        """Return a jail's one answer to a request that only loads a job; raises SlowJobError."""
        for _ in range(LOADING_TRIES):
            with contextlib.suppress(OverranError):
                return self._answer(request, seconds, services)
        raise SlowJobError(
            f"Loading the job took longer than {seconds:g} seconds, and so it was not run. "
            "Is there a function or an expression in it that does not end?"
        )

    def _answer(self, request: Json, seconds: float, services: Collection[str]) -> Document:
        """Ask a jail that has so many seconds of processor time; raises OverranError, EngineError."""
        jail = self._child(Role.JAIL, seconds, services)
        began = time.monotonic()
        deadline = began + CLOCK * seconds
        with jail:
            try:
                tell(jail, request, deadline)
                self.walls = hear_walls(jail, deadline)
                return hear(jail, deadline)
            except DiedError as error:
                # The kernel kills a jail whose processor time is over; it cannot be over earlier than this.
                if time.monotonic() - began >= seconds:
                    raise overran() from error
                raise

    def _child(self, role: Role, processor_seconds: float, services: Iterable[str] = ()) -> Child:
        limits = Limits(processor_seconds, self._memory_bytes)
        with self._lock:
            for _ in range(2):
                if self._fork_server is None:
                    self._fork_server = ForkServer()
                try:
                    if not (self.without_walls or self._fork_server.has_walls()):
                        self.walls = NO_WALLS
                        raise NoWallsError(WITHOUT_WALLS)
                    return self._fork_server.fork(role, limits, services)
                except ForkServerError:
                    self._fork_server.close()
                    self._fork_server = None
        raise EngineError("The survey engine does not start.")


def _questions_of(job: Json) -> int:
    """Count a job's questions, if it is a job."""
    match job:
        case {"survey": {"questions": [*questions]}}:
            return len(questions)
        case _:
            return 0


def _seconds_for(count: int) -> float:
    return LOADING_SECONDS + count // AT_ONCE
