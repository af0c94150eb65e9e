"""The parent's hold on the fork server: start it, have it fork, have it kill, see it end."""

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from chalicelib.domain.json_types import Document, Json
from chalicelib.engine.sandbox.environment import fork_server_environment, prepare_home
from chalicelib.engine.sandbox.homes import remove_homes
from chalicelib.engine.sandbox.kernel.processes import make_unreadable
from chalicelib.engine.sandbox.roles import Limits, Role
from chalicelib.engine.wire.frames import FrameChannel

START_SECONDS = 60.0
FORK_SECONDS = 60.0
"""Before a fork clients of services are imported: of all that edsl knows in ten seconds on a slow machine."""
STOP_SECONDS = 5.0
MAXIMUM_COMMAND = 4096
PREFIX = "perch-engine-"


class ForkServerError(Exception):
    """The fork server does not start, or does not answer any more."""


def hold(home: Path) -> int:
    """Lock a directory for as long as this process lives; returns the lock's descriptor."""
    unlocked = home / ".lock.new"
    lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    unlocked.rename(home / ".lock")  # from here on it may be tried by others
    return lock


def clear_abandoned_homes() -> None:
    """Remove the directories of engines that were killed together with their fork server."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            lock = os.open(home / ".lock", os.O_RDWR)
        except OSError:
            continue  # somebody else's, or only just being made
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_homes(home)
        os.close(lock)


@dataclass
class Child:
    """A forked child: its process id, its channel, and how to end it."""

    token: int
    pid: int
    channel: FrameChannel
    fork_server: "ForkServer"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Hang up and have the child's whole process group killed, if it is still there."""
        self.channel.close()
        self.kill()

    def kill(self) -> None:
        """Have the process group killed; whoever listens hears the end of what it has said."""
        self.fork_server.kill(self.token)

    def come_later(self) -> None:
        """Have it wait for processors longer than its fork server's other children do."""
        self.fork_server.tell({"later": self.token})


class ForkServer:
    """One running fork server.

    It ends when the control socket closes, so it outlives neither ``close`` nor this process,
    however this process dies.
    """

    def __init__(self) -> None:
        make_unreadable()
        self._tokens = count(1)
        self._sending = threading.Lock()
        clear_abandoned_homes()
        self._home = Path(tempfile.mkdtemp(prefix=PREFIX))
        prepare_home(self._home)
        self._lock = hold(self._home)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-s",
                    "-m",
                    "chalicelib.engine.child.fork_server_main",
                    str(theirs.fileno()),
                ],
                env=fork_server_environment(self._home),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                close_fds=True,
                # Ctrl-C at a terminal is for the parent; the fork server follows when that has ended.
                start_new_session=True,
            )
        self._ready: Document | None = None

    @property
    def pid(self) -> int:
        """The fork server's process id."""
        return self._process.pid

    def prepare(self, services: Iterable[str]) -> None:
        """Have it import, soon, what models of these services are asked with."""
        with contextlib.suppress(OSError), self._sending:
            self._control.send(json.dumps({"prepare": list(services)}).encode())

    def fork(
        self, role: Role = Role.CALLER, limits: Limits | None = None, services: Iterable[str] = ()
    ) -> Child:
        """Return a new child; raises ForkServerError if there is no fork server to make one.

        With limits the child puts walls around itself before it reads its request, and says in its
        first message which stand. What models of ``services`` are asked with is imported before.
        """
        self._said_at_start()
        ours, theirs = socket.socketpair()
        token = next(self._tokens)
        try:
            with theirs, self._sending:
                command = json.dumps(
                    {
                        "fork": token,
                        "role": role,
                        "limits": limits and limits.to_dict(),
                        "prepare": list(services),
                    }
                ).encode()
                socket.send_fds(self._control, [command], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise ForkServerError("the fork server is gone") from error
        try:
            answer = self._answer(FORK_SECONDS)
        except ForkServerError:
            ours.close()
            raise
        return Child(token, answer["pid"], FrameChannel(ours), self)

    def has_walls(self) -> bool:
        """Tell whether a child with limits has walls around it on this machine; waits for the start.

        Raises ForkServerError if there is no fork server to ask.
        """
        return bool(self._said_at_start()["walls"])

    def kill(self, token: int) -> None:
        """Have a child's process group killed; a child that is gone is no error.

        The fork server does it: only the parent of a process knows that its id is not yet another's.
        """
        self.tell({"kill": token})

    def tell(self, command: Document) -> None:
        """Send a command that has no answer; a fork server that is gone has taken its children along."""
        with contextlib.suppress(OSError), self._sending:
            self._control.send(json.dumps(command).encode())

    def close(self) -> None:
        """Close the control socket and wait for the fork server to clear up and end."""
        self._control.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        remove_homes(self._home)
        os.close(self._lock)

    def _said_at_start(self) -> Document:
        if self._ready is None:
            self._ready = self._answer(START_SECONDS)
        return self._ready

    def _answer(self, seconds: float) -> Json:
        self._control.settimeout(seconds)
        try:
            said = self._control.recv(MAXIMUM_COMMAND)
        except OSError as error:
            raise ForkServerError("the fork server does not answer") from error
        finally:
            self._control.settimeout(None)
        if not said:
            raise ForkServerError("the fork server has ended")
        return json.loads(said)
