"""The supervisor's hold on its fork server: start it, have it fork."""

import contextlib
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.local.forking.forked import ForkedProcess
from infra.local.forking.order import Order
from infra.local.functions import watching, wire
from infra.local.parts.component import Component
from infra.local.parts.part import Part


def may_fork(environment: Mapping[str, str]) -> bool:
    """Say whether processes with this environment may be forked instead of started anew.

    Those that the bench watches import the application each for itself, as on Lambda, or what it reads of
    their memory and time would say nothing. Elsewhere than on Linux the system's libraries need not survive
    a fork.
    """
    return sys.platform == "linux" and bool(
        not environment.get(watching.VARIABLE) or environment.get(watching.FORKED)
    )


class ForkServer:
    """A process that has imported what an application imports, and forks the stack's processes from it.

    Both ends of its control socket are held here: what is ordered while it is being started waits there,
    also when it is started again.
    """

    def __init__(
        self, application: str, modules: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        """``modules`` are those whose ``main`` will be run; the environment is the fork server's alone."""
        self._arguments = ["--app", application, *(text for name in modules for text in ("--module", name))]
        self._environment = environment
        self._log = log
        self._control, self._theirs = socket.socketpair()

    def component(self) -> Component:
        """Start it. Only to be called in a thread that outlives the stack: see ``kernel.py``."""
        return Component(called="The fork server", start=self._start, address=None, loss=None)

    def fork(
        self,
        *,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        descriptors: Iterable[int] = (),
    ) -> ForkedProcess:
        """Have it fork a process; waits for nothing. A Starter: see ``parts/held.py``."""
        ours, theirs = socket.socketpair()
        order = Order(module, list(arguments), dict(environment), list(descriptors))
        # A fork server that ends meanwhile takes the order along: the process is one that has ended.
        with theirs, log.open("ab") as output, contextlib.suppress(wire.PeerGoneError):
            order.send(self._control, theirs, ours, output.fileno())
        return ForkedProcess(ours, log)

    def close(self) -> None:
        """Hang up: it kills what it has forked and ends."""
        self._control.close()
        self._theirs.close()

    def _start(self) -> Part:
        descriptor = self._theirs.fileno()
        return Part(
            module="infra.local.forking.fork_server_main",
            arguments=[*self._arguments, "--descriptor", str(descriptor)],
            environment=self._environment,
            log=self._log,
            descriptors=[descriptor],
        )
