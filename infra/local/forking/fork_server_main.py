"""The fork server: ``python -m infra.local.forking.fork_server_main …``, a process that only forks.

It has one thread and does nothing of the application's but import what that imports. Each process that
it forks has a socket of its own to the supervisor. When the control socket closes the supervisor is
gone: it kills what it has forked and ends.
"""

import argparse
import contextlib
import gc
import importlib
import os
import signal
import socket
from select import POLLIN, poll
from types import FrameType

from infra.local.forking.child import Child
from infra.local.forking.forked import SAID
from infra.local.forking.order import Order, receive_descriptors
from infra.local.forking.preload import preload
from infra.local.functions import wire
from infra.local.parts.kernel import die_with_parent, name_this_process

WAKES = 4096


class ForkingServer:
    """Forks on order, tells of ends, and buries whom the supervisor has let go."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        # Nobody writes to it: it closes when this process ends, and that ends those who read from it.
        self._lifeline, self._never_written = os.pipe()
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._about: dict[int, socket.socket] = {}
        self._untold: set[int] = set()

    def serve(self) -> Child | None:
        """Work until the supervisor is gone; in a forked process return what that is to become."""
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._wake_in)
        while True:
            events = poll()
            for listened in (self._control, *self._about.values()):
                events.register(listened, POLLIN)
            events.register(self._wake_out, POLLIN)
            ready = {descriptor for descriptor, _ in events.poll()}
            if self._wake_out in ready:
                os.read(self._wake_out, WAKES)
                self._tell_of_ends()
            for process, about in list(self._about.items()):
                if about.fileno() in ready:  # nothing is ever said there: it is closed
                    self._bury(process)
            if self._control.fileno() in ready:
                descriptors = receive_descriptors(self._control)
                if not descriptors:
                    return None
                if child := self._fork(*descriptors):
                    return child

    def end(self) -> None:
        """Kill and bury all that it has forked."""
        for process in list(self._about):
            self._bury(process)

    def _fork(self, about_descriptor: int, log: int, *descriptors: int) -> Child | None:
        received = (log, *descriptors)
        for descriptor in (about_descriptor, *received):
            os.set_inheritable(descriptor, False)
        about = socket.socket(fileno=about_descriptor)
        try:
            order = Order.receive(about)
        except wire.PeerGoneError:
            about.close()
        else:
            threads = len(os.listdir("/proc/self/task"))
            process = os.fork()
            if process == 0:
                about.close()
                self._let_go_of_everything()
                return Child(order, self._lifeline, log, descriptors, threads)
            self._about[process] = about
            self._untold.add(process)
            _say(about, process)
        for descriptor in received:
            os.close(descriptor)
        return None

    def _let_go_of_everything(self) -> None:
        """In a forked process: give up what is the fork server's and its siblings'."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for held in (self._control, *self._about.values()):
            held.close()
        for descriptor in (self._never_written, self._wake_in, self._wake_out):
            os.close(descriptor)

    def _tell_of_ends(self) -> None:
        for process in list(self._untold):
            # Not reaped: as long as the supervisor may signal it, its number must be its own.
            ended = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is not None:
                self._untold.discard(process)
                exited = ended.si_code == os.CLD_EXITED
                _say(self._about[process], ended.si_status if exited else -ended.si_status)

    def _bury(self, process: int) -> None:
        for kill in (os.killpg, os.kill):  # it may not have come to lead its group yet
            with contextlib.suppress(ProcessLookupError):
                kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        self._untold.discard(process)
        self._about.pop(process).close()


def _say(about: socket.socket, number: int) -> None:
    # Whoever has let go of a process hears nothing of it, and is noticed by the closed socket.
    with contextlib.suppress(OSError):
        about.send(SAID.pack(number))


def _ignore(_: int, __: FrameType | None) -> None:
    """Have SIGCHLD do no more than wake the poll."""


def main() -> None:
    """Import, fork until the supervisor is gone; in a forked process be what was ordered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--app", required=True)
    parser.add_argument("--module", action="append", default=[], help="whose main will be ordered")
    parser.add_argument("--descriptor", type=int, required=True, help="of the control socket")
    given = parser.parse_args()
    die_with_parent()
    name_this_process("fork_server")
    control = socket.socket(fileno=given.descriptor)
    control.set_inheritable(False)
    for module in given.module:
        importlib.import_module(module)
    preload(given.app)
    # What all processes share is left alone by their collectors, or it would be copied for each.
    gc.collect()
    gc.freeze()
    server = ForkingServer(control)
    child = server.serve()
    if child is None:
        server.end()
    else:
        child.become()


if __name__ == "__main__":
    main()
