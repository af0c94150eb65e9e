"""A process that the stack holds, whoever's child it is: asked how it is, ended with all its children."""

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import psutil


class HeldProcess(ABC):
    """A process in a session of its own; what it prints goes to its log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._begins_at = log.stat().st_size if log.exists() else 0

    @abstractmethod
    def running(self) -> bool:
        """Say whether the process is still there, without reaping it.

        Until it is reaped its number, and thus its group's, cannot be given to another process.
        """

    @abstractmethod
    def ending(self) -> str:
        """Return how the process ended, as words that follow "it": e.g. ``ended with status 1``.

        Ask after ``kill``: asking may reap the process.
        """

    @abstractmethod
    def _leader(self) -> int | None:
        """Return its number, which is its group's, while no other process can have it."""

    @abstractmethod
    def _reap(self) -> None:
        """Wait until the process, which was told to, has ended, and give its number back."""

    def let_end(self, seconds: float = 10.0) -> None:
        """Give a process that is about to end the time to do so, so that ``ending`` says why."""
        deadline = time.monotonic() + seconds
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.01)

    def last_words(self) -> str:
        """Return the last line of the log that says something, for a sentence about a failure."""
        with self.log.open("rb") as log:
            # What processes before it said is kept there, too.
            log.seek(self._begins_at if self._begins_at <= self.log.stat().st_size else 0)
            lines = log.read().decode(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def kill(self) -> None:
        """End the process, its group and every descendant in other sessions, and wait for them."""
        kill_all([self])

    def _signal_everything(self) -> list[psutil.Process]:
        if (leader := self._leader()) is None:
            return []
        # Standing still, it starts nothing more while its descendants are looked for.
        _signal(os.kill, leader, signal.SIGSTOP)
        try:
            # Asked before the kill: orphans of a dead parent cannot be found any more.
            descendants = psutil.Process(leader).children(recursive=True)
        except psutil.NoSuchProcess:
            descendants = []
        _signal(os.killpg, leader, signal.SIGKILL)
        # It may not have come to lead its group yet.
        _signal(os.kill, leader, signal.SIGKILL)
        for descendant in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                descendant.kill()
        return descendants


class Starter(Protocol):
    """How a process of the stack is started."""

    def __call__(
        self,
        *,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        descriptors: Iterable[int] = (),
    ) -> HeldProcess:
        """Start ``main`` of a module, with just this environment; the descriptors keep their numbers."""
        ...


def words_for(status: int) -> str:
    """Return how a process ended; a negative status is a signal's number."""
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"


def kill_all(processes: Iterable[HeldProcess], seconds: float = 20.0) -> None:
    """End several processes at once; descendants in other sessions included."""
    ending = list(processes)
    descendants = [descendant for process in ending for descendant in process._signal_everything()]
    for process in ending:
        process._reap()
    wait_until_dead(descendants, seconds)


def kill_children(seconds: float = 20.0) -> None:
    """End what this process has started: a signal may have come before a part that was begun was noted."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=seconds)


def wait_until_dead(processes: Iterable[psutil.Process], seconds: float) -> None:
    """Wait so long at the most until none of these processes runs."""
    deadline = time.monotonic() + seconds
    for process in processes:
        while process.is_running() and _alive(process) and time.monotonic() < deadline:
            time.sleep(0.01)


def _signal(send: Callable[[int, int], None], number: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(number, which)


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
