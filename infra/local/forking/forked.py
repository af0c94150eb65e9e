"""One process that the fork server has forked, as the supervisor holds it."""

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path

import psutil

from infra.local.parts.held import HeldProcess, wait_until_dead, words_for

SAID = struct.Struct("!i")
"""What the fork server says of a process: its number, then its status (a signal's number is negative)."""
END_SECONDS = 20.0


class ForkedProcess(HeldProcess):
    """A child of the fork server, which says over a socket of this process's own how it is.

    The fork server reaps it when we close that socket, so that its number stays its own as long as we
    may use it; one that still runs is killed then.
    """

    def __init__(self, about: socket.socket, log: Path) -> None:
        super().__init__(log)
        about.setblocking(False)
        self._about = about
        self._lock = threading.Lock()
        self._said = bytearray()
        self._gone = False
        """Nothing more will be said: it is reaped, or the fork server is gone."""
        self._process: psutil.Process | None = None

    def running(self) -> bool:
        """Say whether the process is there, or is still going to be."""
        self._listen()
        return not self._gone and len(self._said) < 2 * SAID.size

    def ending(self) -> str:
        """Return how the process ended."""
        if self.running():
            return "is running"
        if len(self._said) < 2 * SAID.size:
            return "was killed with the fork server"
        return words_for(self._number(1))

    def _leader(self) -> int | None:
        self._listen()
        return None if self._gone or not self._said else self._number(0)

    def _reap(self) -> None:
        until = time.monotonic() + END_SECONDS
        # One without a number has not been told to end: the fork server will find that nobody wants it.
        while self._leader() is not None and self.running() and time.monotonic() < until:
            time.sleep(0.005)
        with self._lock:
            self._about.close()
            self._gone = True
        if self._process is not None:
            # Where the fork server is gone it said nothing, and the kernel has only been asked to kill.
            wait_until_dead([self._process], until - time.monotonic())

    def _number(self, place: int) -> int:
        return int(SAID.unpack_from(self._said, place * SAID.size)[0])

    def _listen(self) -> None:
        """Hear what has been said since."""
        with self._lock:
            while not self._gone:
                try:
                    heard = self._about.recv(2 * SAID.size)
                except BlockingIOError:
                    return
                except OSError:
                    heard = b""
                self._said += heard
                self._gone = not heard
                if self._process is None and len(self._said) >= SAID.size:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        self._process = psutil.Process(self._number(0))
