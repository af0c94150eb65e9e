"""How the runtime and a function process talk: JSON with its length before it, over a socket."""

import json
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct("!Q")
_BLOCK = 1024 * 1024


class PeerGoneError(Exception):
    """The other side closed the socket: its process ended."""


class TooLateError(Exception):
    """The deadline passed before the message was complete."""


def send(connection: socket.socket, message: object) -> None:
    """Write one message. Raises PeerGoneError."""
    body = json.dumps(message).encode()
    try:
        connection.settimeout(None)
        connection.sendall(_LENGTH.pack(len(body)) + body)
    except OSError as problem:
        raise PeerGoneError from problem


def receive(connection: socket.socket, seconds: float | None = None) -> Any:  # noqa: ANN401 - any JSON value
    """Read one message, waiting ``seconds`` at most (None: for ever).

    Raises PeerGoneError and TooLateError.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))
    return json.loads(_read(connection, length, deadline))


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TooLateError
            connection.settimeout(left)
        try:
            block = connection.recv(min(_BLOCK, size - len(parts)))
        except TimeoutError as problem:
            raise TooLateError from problem
        except OSError as problem:
            raise PeerGoneError from problem
        if not block:
            raise PeerGoneError
        parts += block
    return bytes(parts)
