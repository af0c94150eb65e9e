"""One function process and the thread that invokes it, whatever it is that sets it off."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from infra.local.errors import StackError
from infra.local.functions.invocation import Function, FunctionEndedError, FunctionProcess
from infra.local.health import OK
from infra.local.parts.held import HeldProcess, Starter

RESTART_PAUSE_SECONDS = 2.0

logger = logging.getLogger("local_stack.runtime")


class Slot(ABC):
    """One function process, replaced whenever it ends, and the thread that invokes it."""

    def __init__(
        self, *, name: str, function: Function, environment: Mapping[str, str], log: Path, start: Starter
    ) -> None:
        self.name = name
        self._condition = f"The process of {name} is starting."
        self.failure: StackError | None = None
        self.started = threading.Event()
        self._function = function
        self._environment = environment
        self._log = log
        self._start_one = start
        self._stopping = threading.Event()
        self._process: FunctionProcess | None = None
        self._process_lock = threading.Lock()
        # A thread that ends takes its process with it (see lifeline.py), so it must not end early.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the process and, once it is ready, what invokes it."""
        self._thread.start()

    def stop(self) -> HeldProcess | None:
        """Invoke nothing more; return the process that is still to be killed."""
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
        """Say whether the thread runs."""
        return self._thread.is_alive()

    @abstractmethod
    def _serve(self) -> None:
        """Start the process, and invoke it until the stack stops.

        Raises FunctionEndedError when it is gone, StackError if it cannot be started.
        """

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
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
            self._process = FunctionProcess(self._function, self._environment, self._log, self._start_one)
        self._process.wait_until_ready()
        self._is_well()
        return self._process

    def _is_well(self) -> None:
        self._condition, self.failure = OK, None
        self.started.set()

    def _replace(self, process: FunctionProcess) -> FunctionProcess:
        process.kill()
        logger.warning(
            "%s: the process %s while it was idle; it is replaced", self.name, process.part.ending()
        )
        return self._start_process()
