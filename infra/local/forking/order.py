"""What the supervisor orders of its fork server: which process to fork."""

import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from infra.local.functions import wire

MOST_DESCRIPTORS = 64


@dataclass(frozen=True)
class Order:
    """A process to be: ``main`` of a module, arguments, the whole environment, its descriptors' numbers."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    numbers: list[int]

    def send(self, control: socket.socket, theirs: socket.socket, ours: socket.socket, log: int) -> None:
        """Ask for this process. The pair of sockets is for what is to be said about this process alone."""
        socket.send_fds(control, [b"f"], [theirs.fileno(), log, *self.numbers])
        # Apart, as no more of it than a buffer holds could go with the descriptors.
        theirs.close()
        wire.send(ours, asdict(self))

    @classmethod
    def receive(cls, about: socket.socket) -> Self:
        """Read an order. Raises PeerGoneError when whoever sent it is gone."""
        return cls(**wire.receive(about))


def receive_descriptors(control: socket.socket) -> Sequence[int]:
    """Return the descriptors that come with an order: of its socket, its log, and its own; none: the end."""
    _, descriptors, _, _ = socket.recv_fds(control, 1, MOST_DESCRIPTORS)
    return descriptors
