"""One packaged function in a process of its own, started and asked as Lambda does it."""

import contextlib
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from infra.deploy.packaging.interpreter import empty_interpreter, runtime_folder
from infra.deploy.packaging.package import FOLDER, Package
from infra.local.packaged.environment import handler_of, lambda_environment
from infra.local.packaged.runtime_api import FunctionFailedError, RuntimeApi

ANSWER_SECONDS = 120.0
STOP_SECONDS = 2.0
KILLED_SECONDS = 20.0


class PackagedFunction:
    """An environment of one function, as a context; ``start`` is separate so that it can be timed."""

    def __init__(
        self,
        function: str,
        package: Package,
        *,
        variables: Mapping[str, str],
        folder: Path,
        seconds: float,
        megabytes: int,
    ) -> None:
        self.function = function
        self._package = package
        self._seconds = seconds
        temporary = folder / "tmp"
        temporary.mkdir(parents=True)
        self.log = folder / "log"
        contents, runtime = package.of(function).contents, runtime_folder(FOLDER / "runtime")
        own = lambda_environment(function, contents, runtime, megabytes=megabytes, temporary=temporary)
        self._environment = own | dict(variables)
        self._runtime = RuntimeApi(function)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._runtime.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._runtime.__exit__(kind, error, trace)

    @property
    def pid(self) -> int:
        """The process id of the function."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process; it imports the application and asks for its first event."""
        program = empty_interpreter(FOLDER / "interpreter")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(program), "-m", "awslambdaric", handler_of(self.function)],
                cwd=self._package.of(self.function).contents,
                env=self._environment | {"AWS_LAMBDA_RUNTIME_API": self._runtime.address},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def invoke(self, event: object) -> Any:  # noqa: ANN401 - whatever the function answers
        """Return the answer to an event. Raises FunctionFailedError with what the function said."""
        invocation = self._runtime.offer(event, self._seconds)
        deadline = time.monotonic() + min(self._seconds, ANSWER_SECONDS)
        while not invocation.done.wait(0.05):
            if self._process is not None and self._process.poll() is not None:
                why = self._runtime.initialization_error or f"it ended with status {self._process.returncode}"
                raise FunctionFailedError(f"{self.function} does not run: {why}\n{self.said()}")
            if time.monotonic() > deadline:
                raise FunctionFailedError(f"{self.function} does not answer.\n{self.said()}")
        if invocation.error is not None:
            raise FunctionFailedError(f"{self.function} failed: {invocation.error}\n{self.said()}")
        return invocation.answer

    def said(self) -> str:
        """Return the end of the function's log."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def stop(self) -> None:
        """Kill the process and see that what it started ends too."""
        if self._process is None:
            return
        try:
            started = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            started = []
        self._process.kill()
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + STOP_SECONDS
        while (left := [process for process in started if _running(process)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        deadline = time.monotonic() + KILLED_SECONDS
        while any(map(_running, left)) and time.monotonic() < deadline:
            time.sleep(0.02)


def _running(process: psutil.Process) -> bool:
    """Say whether a process runs; one that is dead but not buried by its new parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
