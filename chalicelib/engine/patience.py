"""How long the worker waits for a jail. It is the worker that counts: a job may have taken the jail over."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.talk import overran
from chalicelib.engine.wire import messages

LOOK_SECONDS = 0.25
"""How often to look whether a run is to be stopped."""
STOP_SECONDS = 3.0
"""How long calls in flight may take when it is."""
LAST_WORDS_SECONDS = 3.0
"""How much longer a jail may then take to say what came of them. With the two seconds in which a worker
notices that a job is to stop, and the time to record it, that makes ten at the most."""


class Patience:
    """Waits for what a jail says, until the slice's time is over, it is to stop, or it is stuck."""

    def __init__(
        self,
        jail: Child,
        caller: Child,
        stopped: Callable[[], bool],
        draining: Callable[[], bool],
        *,
        deadline: float,
        stuck_seconds: float,
        stopping: Callable[[], None] = lambda: None,
    ) -> None:
        """``stuck_seconds`` of processor time without a word are more than anything honest takes.

        ``stopping`` is called when the jail is told to stop or to drain.
        For ``stopped`` and ``draining`` see ``SurveyEngine.run``.
        """
        self._jail = jail
        self._caller = caller
        self._is_stopped = stopped
        self._is_draining = draining
        self._deadline = deadline
        self._stuck_seconds = stuck_seconds
        self._stopping_others = stopping
        self._stopping = False
        self._draining = False
        self._spent_when_silent: float | None = None
        """Its processor time when it was first found to say nothing; None while it speaks. To look costs more
        than most messages do, so nobody looks at one that speaks."""

    def wait(self) -> float:
        """Wait for the jail to say something; returns until when it must have said it all.

        Whether it is to stop is asked each time: a jail that never falls silent must be stopped, too.
        Raises OverranError.
        """
        while True:
            self._look()
            if time.monotonic() > self._deadline:
                raise overran()
            if self._jail.channel.arrives(LOOK_SECONDS):
                self._spent_when_silent = None
                return self._deadline
            spent = processor_seconds(self._jail.pid)
            if self._spent_when_silent is None:
                self._spent_when_silent = spent
            if spent - self._spent_when_silent > self._stuck_seconds:
                raise overran()

    def _look(self) -> None:
        if not self._stopping and self._is_stopped():
            self._stopping = True
            self._deadline = min(self._deadline, time.monotonic() + STOP_SECONDS + LAST_WORDS_SECONDS)
            self._tell_to_stop(STOP_SECONDS)
        elif not self._stopping and not self._draining and self._is_draining():
            self._draining = True
            # The slice that it makes room for is beside it from now on.
            for child in (self._jail, self._caller):
                child.come_later()
            self._tell_to_stop(max(0.0, self._deadline - time.monotonic()))

    def _tell_to_stop(self, seconds: float) -> None:
        self._stopping_others()
        # A jail that is gone needs no telling.
        with contextlib.suppress(OSError):
            self._jail.channel.send(messages.stop_message(seconds))


def processor_seconds(process: int) -> float:
    """Return the processor time of all of a process's threads; 0 if it has gone, or without ``/proc``."""
    try:
        # The second field is the program's name in brackets, and may hold anything.
        fields = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
