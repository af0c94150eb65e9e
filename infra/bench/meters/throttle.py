"""Give process trees only a share of a core, as Lambda does with functions of less memory."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

PERIOD_SECONDS = 0.02
"""Lambda deals out processor time in periods of 20 ms."""
MEGABYTES_A_CORE = 1769


def share_of(megabytes: int) -> float:
    """Return which part of a core a function of so much memory gets, 1 at the most."""
    return min(1.0, megabytes / MEGABYTES_A_CORE)


def possible() -> bool:
    """Say whether this system tells a process's children quickly enough (Linux)."""
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()


class Throttle:
    """Stops the processes and all their descendants for the rest of each period, as a context."""

    def __init__(self, processes: Iterable[int], share: float) -> None:
        self._roots = tuple(processes)
        self._share = share
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        if self._share < 1:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._done.wait(PERIOD_SECONDS * self._share):
            stopped = [member for root in self._roots for member in tree(root)]
            _signal(stopped, signal.SIGSTOP)
            self._done.wait(PERIOD_SECONDS * (1 - self._share))
            _signal(stopped, signal.SIGCONT)


def tree(root: int) -> Iterator[int]:
    """Yield a process and its descendants by their numbers."""
    yield root
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in children:
        yield from tree(int(child))


def _signal(members: Iterable[int], number: signal.Signals) -> None:
    for member in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, number)
