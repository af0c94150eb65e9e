"""One process of the stack: started in a session of its own, logged, ended with all its children."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from infra.repository import ROOT


class Part:
    """A running ``python -m MODULE …``.

    Its standard input is the lifeline (see ``lifeline.py``); what it prints goes to its log.
    """

    def __init__(
        self,
        *,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        descriptors: Iterable[int] = (),
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=ROOT,
                pass_fds=tuple(descriptors),
                start_new_session=True,
            )
        self.identifier = self._process.pid

    def running(self) -> bool:
        """Say whether the process is still there, without reaping it.

        Until it is reaped its number, and thus its group's, cannot be given to another process.
        """
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self._process.poll() is None
        try:
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.identifier, how) is None
        except ChildProcessError:
            return False

    def let_end(self, seconds: float = 10.0) -> None:
        """Give a process that is about to end the time to do so, so that ``ending`` says why."""
        deadline = time.monotonic() + seconds
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.01)

    def ending(self) -> str:
        """Return how the process ended, as words that follow "it": e.g. ``ended with status 1``.

        Ask after ``kill``: asking reaps the process.
        """
        status = self._process.poll()
        if status is None:
            return "is running"
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    def last_words(self) -> str:
        """Return the last line of the log that says something, for a sentence about a failure."""
        lines = self.log.read_text(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def kill(self) -> None:
        """End the process, its group and every descendant in other sessions, and wait for them."""
        kill_all([self])

    def _signal_everything(self) -> list[psutil.Process]:
        try:
            # Asked before the kill: orphans of a dead parent cannot be found any more.
            descendants = psutil.Process(self.identifier).children(recursive=True)
        except psutil.NoSuchProcess:
            descendants = []
        if self._process.returncode is None:
            # Only while the leader is unreaped is its number certainly still its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.identifier, signal.SIGKILL)
        for descendant in descendants:
            try:
                descendant.kill()
            except psutil.NoSuchProcess:
                continue
        return descendants

    def _reap(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        if self._process.stdin is not None:
            self._process.stdin.close()


def kill_all(parts: Iterable[Part], seconds: float = 20.0) -> None:
    """End several parts at once; descendants in other sessions included."""
    ending = list(parts)
    descendants = [process for part in ending for process in part._signal_everything()]
    for part in ending:
        part._reap()
    deadline = time.monotonic() + seconds
    for process in descendants:
        while process.is_running() and _alive(process) and time.monotonic() < deadline:
            time.sleep(0.01)


def kill_children(seconds: float = 20.0) -> None:
    """End what this process has started: a signal may have come before a part that was begun was noted."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=seconds)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
