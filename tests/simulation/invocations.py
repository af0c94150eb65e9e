"""Functions that run side by side, but only one at a time and only as the simulation says.

Each runs in a thread of its own and holds a baton; at any place where it meets the world (a request to
AWS, a fault point, an interview) it may have to hand the baton back. Which one goes on is the
simulation's decision, so that the same dice give the same course of events.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from tests.support.fakes.aws.faults import CrashError


def _taken_lock() -> threading.Lock:
    """Return a lock for one thread to wait at until another one releases it: the baton's way."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class Runner(threading.Thread):
    """A thread that runs one function after the other: starting one for each takes too long."""

    idle: ClassVar[list[Runner]] = []

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._begin = _taken_lock()
        self._work: Callable[[], None] = lambda: None
        self.start()

    @classmethod
    def begin(cls, work: Callable[[], None]) -> None:
        """Have some thread begin with something."""
        runner = cls.idle.pop() if cls.idle else cls()
        runner._work = work
        runner._begin.release()

    def run(self) -> None:
        while True:
            self._begin.acquire()
            self._work()
            self.idle.append(self)


@dataclass
class Heart:
    """What a running function does at intervals."""

    beat: Callable[[], None]
    every: int
    """Milliseconds."""
    due: int


@dataclass
class Invocation:
    """One function doing one thing. Times are milliseconds."""

    name: str
    work: Callable[[], None]
    started_at: int
    limit: int
    """It is killed when it runs for longer."""
    slice_place: tuple[str, str] | None = None
    """Key of the open slice that it was told to run."""
    claim: int | None = None
    """The number of its claim of that slice."""
    hearts: list[Heart] = field(default_factory=list)
    killed: bool = False
    ended: bool = False
    problem: BaseException | None = None
    """What ended it, unless it came to its end by itself."""
    unsteady: bool = False
    """It stood still while time passed, or could not renew what it holds: others may take over."""
    process: list[Invocation] = field(default_factory=list)
    """All that runs in its process, itself included: they die together."""
    awaited: Invocation | None = None
    """What it waits for, which runs in the same process."""
    asleep: int = 0
    """So many events will pass it by: it stands still, heartbeat and all."""
    place: str = "its start"
    """Where it paused."""
    _go: threading.Lock = field(default_factory=_taken_lock)
    _back: threading.Lock = field(default_factory=_taken_lock)
    _begun: bool = False

    def resume(self) -> None:
        """Give it the baton; come back when it pauses or ends."""
        if self._begun:
            self._go.release()
        else:
            self._begun = True
            Runner.begin(self._run)
        self._back.acquire()

    def pause(self, place: str) -> None:
        """Hand the baton back (called by the function itself); die here if it was killed meanwhile."""
        self.place = place
        self._back.release()
        self._go.acquire()
        if self.killed:
            raise CrashError(f"killed while at {place}")

    def kill(self) -> None:
        """Let it die where it stands."""
        self.killed = True
        if not self.ended:
            self.resume()

    def _run(self) -> None:
        try:
            if not self.killed:
                self.work()
        except BaseException as problem:  # noqa: BLE001 - the border of this simulated process
            self.problem = problem
            self.killed = self.killed or isinstance(problem, CrashError)
        self.hearts.clear()
        self.ended = True
        self._back.release()
