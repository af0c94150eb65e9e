"""The fork server: a process with edsl imported that does nothing but fork.

Started as ``python -m chalicelib.engine.child.fork_server_main FD`` by ``ForkServer``. It has one thread, no
secrets and no job; each child it forks gets a socket of its own over the control socket. When
the control socket closes, whoever started it is gone: it kills what it has forked and ends.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from select import POLLIN, poll
from types import FrameType
from typing import NoReturn

from chalicelib.domain.runs.walls import NO_WALLS, Walls
from chalicelib.engine.child import child
from chalicelib.engine.child.trial import ENCLOSE, Machine, try_walls
from chalicelib.engine.edsl.providers.clients import Prepared
from chalicelib.engine.sandbox.homes import give_home, make_home, remove_home, remove_homes
from chalicelib.engine.sandbox.kernel import users
from chalicelib.engine.sandbox.kernel.priority import come_later, stand_behind
from chalicelib.engine.sandbox.kernel.processes import (
    adopt_orphans,
    children_of_this_process,
    die_with_parent,
    kill_group,
    make_unreadable,
)
from chalicelib.engine.sandbox.roles import Limits, Role
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.frames import MAXIMUM_ANSWER, MAXIMUM_REQUEST, FrameChannel

MAXIMUM_COMMAND = 4096


class ForkingServer:
    """Forks children on command, kills them on command, and buries them."""

    def __init__(self, control: socket.socket, home: Path, machine: Machine) -> None:
        self._control = control
        self._home = home
        self._machine = machine
        self._children: dict[int, int] = {}
        self._prepared = Prepared()
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self) -> None:
        """Work until the control socket closes."""
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._wake_in)
        events = poll()
        events.register(self._control, POLLIN)
        events.register(self._wake_out, POLLIN)
        self._control.send(json.dumps({"walls": self._machine.walls}).encode())
        while True:
            ready = {descriptor for descriptor, _ in events.poll()}
            if self._wake_out in ready:
                os.read(self._wake_out, MAXIMUM_COMMAND)
                self._bury()
            if self._control.fileno() in ready and not self._obey():
                return

    def _obey(self) -> bool:
        said, descriptors, _, _ = socket.recv_fds(self._control, MAXIMUM_COMMAND, 1)
        if not said:
            return False
        command = json.loads(said)
        if "prepare" in command and self._prepared.prepare(command["prepare"]):
            _keep_for_children()
        if "fork" in command:
            limits = None if command["limits"] is None else Limits.of(command["limits"])
            pid = self._fork(descriptors[0], Role(command["role"]), limits)
            self._children[pid] = command["fork"]
            self._control.send(json.dumps({"pid": pid}).encode())
        elif "later" in command:
            self._each(command["later"], come_later)
        elif "kill" in command:
            self._each(command["kill"], kill_group)
        return True

    def _each(self, token: int, action: Callable[[int], None]) -> None:
        for pid, known in self._children.items():
            if known == token:
                action(pid)

    def _fork(self, descriptor: int, role: Role, limits: Limits | None) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(parent, descriptor, role, limits)
        os.close(descriptor)
        return pid

    def _become_child(self, parent: int, descriptor: int, role: Role, limits: Limits | None) -> NoReturn:
        """Never returns: nothing of the fork server's own work may go on in a child.

        With limits its walls stand before it reads its request.
        """
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # A group for being killed with all it started; the session is the fork server's, within which
            # the kernel weighs its children against each other.
            os.setpgid(0, 0)
            die_with_parent(parent)
            connection = socket.socket(fileno=_silence_all_but(descriptor))
            home = make_home(self._home, os.getpid())
            child.settle(home)
            channel = FrameChannel(connection, receives=MAXIMUM_REQUEST, sends=MAXIMUM_ANSWER)
            if limits is not None:
                walls = self._enclose(home, role, limits) if self._machine.walls else NO_WALLS
                channel.send(messages.walls_message(walls.to_dict()))
            child.serve(channel, role)
            status = 0
        finally:
            os._exit(status)

    def _enclose(self, home: Path, role: Role, limits: Limits) -> Walls:
        """Put this child's walls up, as a user of its own where the machine gives it one."""
        user = users.of_process(os.getpid()) if role in self._machine.own_users else None
        if user is not None:
            give_home(home, user)
        return ENCLOSE[role](home, limits, user)

    def _bury(self) -> None:
        """Wait for the dead, and kill what they leave behind."""
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if dead is None:
                break
            # Its number, which is its group's and its user's too, stays taken until it is waited for.
            if self._children.pop(dead.si_pid, None) is not None:
                kill_group(dead.si_pid)
                remove_home(self._home, dead.si_pid)
            os.waitpid(dead.si_pid, 0)
        for stray in set(children_of_this_process()) - set(self._children):
            os.kill(stray, signal.SIGKILL)

    def end(self) -> None:
        """Kill what is left of the children and clear up."""
        for pid in self._children:
            kill_group(pid)
        while children_of_this_process():
            for pid in children_of_this_process():
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
        remove_homes(self._home)


def _ignore(_: int, __: FrameType | None) -> None:
    """Have SIGCHLD do no more than wake the poll."""


def _silence_all_but(kept: int) -> int:
    """Point every inherited descriptor but one at nothing, and return that one.

    The control socket must not live on in a child, nor must what edsl prints reach a log. They
    are replaced rather than closed: log handlers made in the fork server would go on writing to
    their numbers, which the child's next sockets would get.
    """
    silence = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in (kept, silence):
            os.dup2(silence, descriptor)
    return kept


def _keep_for_children() -> None:
    """Let no child's garbage collection touch, and so copy, what all of them share."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Set the process up and serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    stand_behind()  # while /proc/self may still be written
    make_unreadable()
    adopt_orphans()
    child.warm_up()
    _keep_for_children()
    server = ForkingServer(control, Path.cwd(), try_walls(Path.cwd()))
    # A broken pipe means that whoever started this has gone meanwhile.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        server.serve()
    server.end()


if __name__ == "__main__":
    main()
