"""How the two sides of the engine talk: a length, then strict JSON.

Never pickle: the child runs jobs written by strangers, and unpickling what a hostile child
says would hand it the parent, which holds the credentials.
"""

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable

from chalicelib.domain.json_types import Json
from chalicelib.domain.strict_json import DECODER

LENGTH = struct.Struct("!I")
MAXIMUM_ANSWER = 64 * 1024 * 1024
"""The most the parent takes from a child at once: one interview's row."""

MAXIMUM_REQUEST = 1024 * 1024 * 1024
"""The most a child takes from its parent: a whole job, its letters perhaps escaped."""

CHUNK = 1 << 16
TOGETHER = 1 << 16
"""Bytes of messages from which on they are not gathered any further."""
MILLISECONDS = 1000
ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
"""Made once: ``json.dumps`` would make one for each message."""


def encoded(message: Json) -> bytes:
    """Return a message as JSON; raises TypeError, ValueError or RecursionError if it is none."""
    return ENCODER.encode(message).encode("ascii")


class FrameError(Exception):
    """The other side said something that is not a frame."""


class FrameTimeoutError(Exception):
    """The other side said nothing, or took nothing, in time."""


class FrameChannel:
    """One end of a stream socket that carries frames, with an optional deadline.

    ``deadline`` is a value of ``time.monotonic()``; None waits for ever. What has already
    arrived is still received after the deadline has passed.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        receives: int = MAXIMUM_ANSWER,
        sends: int = MAXIMUM_REQUEST,
    ) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._receives = receives
        self._sends = sends
        self._buffer = bytearray()
        self._sending = threading.Lock()
        # Made once, for there is a wait for most messages. One for each direction: two threads may wait.
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(connection, select.POLLIN)
        self._writable.register(connection, select.POLLOUT)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def send(self, message: Json, deadline: float | None = None) -> None:
        """Send one message; raises OSError when the other side is gone, FrameError if it is too large.

        Bytes are a message that is encoded already.
        """
        self._write(self._frame_of(message), deadline)

    def send_all(self, messages: Iterable[Json]) -> None:
        """Send messages one after the other, small ones together; raises as ``send`` does.

        Those before one that is too large are sent.
        """
        together = bytearray()
        try:
            for message in messages:
                together += self._frame_of(message)
                if len(together) > TOGETHER:
                    self._write(together)
                    together = bytearray()
        finally:
            if together:
                self._write(together)

    def _frame_of(self, message: Json) -> bytes:
        body = message if isinstance(message, bytes) else encoded(message)
        if len(body) > self._sends:
            raise FrameError(f"a frame of {len(body)} bytes is too large")
        return LENGTH.pack(len(body)) + body

    def _write(self, frames: bytes | bytearray, deadline: float | None = None) -> None:
        rest = memoryview(frames)
        with self._sending:
            while rest:
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    _wait(self._writable, deadline)

    def arrives(self, seconds: float) -> bool:
        """Wait so long for something to receive; tell whether there is (the other's end is something)."""
        if self._buffer:
            return True
        with contextlib.suppress(FrameTimeoutError):
            _wait(self._readable, time.monotonic() + seconds)
            return True
        return False

    def receive(self, deadline: float | None = None) -> Json | None:
        """Return the next message, or None when the other side has closed between two frames."""
        head = self._take(LENGTH.size, deadline)
        if head is None:
            return None
        body = self._take(self._checked(LENGTH.unpack(head)[0]), deadline)
        if body is None:
            raise FrameError("the stream ends inside a frame")
        return _message_of(body)

    def arrived(self) -> list[Json] | None:
        """Return all messages that have come whole, without waiting; None when the other side has closed.

        For a loop that is woken when the socket can be read. It must look once by itself before it waits:
        what was received together with an earlier message lies here and wakes nobody.
        """
        is_open = self._drain()
        messages = []
        while (length := self._length_of_next()) is not None and len(self._buffer) >= LENGTH.size + length:
            del self._buffer[: LENGTH.size]
            messages.append(_message_of(self._first(length)))
        return messages if is_open else None

    def _drain(self) -> bool:
        """Receive all that has come; tells whether the other side is still there."""
        while True:
            try:
                chunk = self._socket.recv(CHUNK)
            except BlockingIOError:
                return True
            except ConnectionResetError:
                return False
            if not chunk:
                return False
            self._buffer += chunk

    def _length_of_next(self) -> int | None:
        if len(self._buffer) < LENGTH.size:
            return None
        return self._checked(LENGTH.unpack_from(self._buffer)[0])

    def _checked(self, length: int) -> int:
        if length > self._receives:
            raise FrameError(f"a frame of {length} bytes is too large")
        return length

    def _take(self, count: int, deadline: float | None) -> bytes | None:
        while len(self._buffer) < count:
            try:
                chunk = self._socket.recv(max(CHUNK, min(count, 1 << 20)))
            except BlockingIOError:
                _wait(self._readable, deadline)
                continue
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                if self._buffer:
                    raise FrameError("the stream ends inside a frame")
                return None
            self._buffer += chunk
        return self._first(count)

    def _first(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _wait(for_event: select.poll, deadline: float | None) -> None:
    if deadline is None:
        for_event.poll()
        return
    remaining = deadline - time.monotonic()
    if remaining <= 0 or not for_event.poll(remaining * MILLISECONDS):
        raise FrameTimeoutError


def _message_of(body: bytes) -> Json:
    try:
        return DECODER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame is not JSON") from error
