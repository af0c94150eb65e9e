"""Addresses, bound by the supervisor and handed to the parts that serve them.

The supervisor holds the sockets itself, so that a taken port is known before anything starts
and a part that is restarted finds its callers still queued.
"""

import contextlib
import errno
import socket
from collections.abc import Sequence

from infra.local.errors import StackError

BACKLOG = 512
LOOPBACK = ("127.0.0.1", "::1")


def listen(port: int, flag: str, addresses: Sequence[str] = LOOPBACK) -> list[socket.socket]:
    """Listen on ``port`` of some addresses; of ``::1`` only where the machine has it.

    Clients say ``localhost`` and may reach 127.0.0.1 or ::1. ``flag`` is the option that chose the port.
    Raises StackError when the port is taken or not allowed, or the machine has not one of the addresses.
    """
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            with contextlib.suppress(*([_NoAddressError] if address == "::1" else [])):
                sockets.append(_bound(address, port, flag))
    except StackError:
        for listening in sockets:
            listening.close()
        raise
    return sockets


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _NoAddressError(StackError):
    """The machine has no such address family or address."""


def _bound(host: str, port: int, flag: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as problem:
        raise _NoAddressError(f"{host} is not available on this machine.") from problem
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            raise StackError(
                f"Port {port} is taken by another program: stop that one or choose another with {flag}."
            ) from problem
        if problem.errno == errno.EACCES:
            raise StackError(
                f"Port {port} may not be used without privileges: choose one above 1023 with {flag}."
            ) from problem
        raise _NoAddressError(f"Port {port} of {host} cannot be used: {problem.strerror}.") from problem
    return listener
