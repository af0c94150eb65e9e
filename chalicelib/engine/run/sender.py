"""The child's voice: what it says while it runs a slice."""

import os
import queue
import threading
from typing import Protocol

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Json
from chalicelib.engine.wire import messages
from chalicelib.engine.wire.frames import FrameChannel, FrameError


class Listener(Protocol):
    """Whoever is told what comes out."""

    def send(self, message: Json) -> None:
        """Take a message."""


class Sender:
    """Sends from a thread of its own: a slow reader must not hold up calls that are in flight."""

    def __init__(self, channel: FrameChannel) -> None:
        self._channel = channel
        self._waiting: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, message: Json) -> None:
        """Have a message sent."""
        self._waiting.put(message)

    def finish(self, end: Json) -> None:
        """Say the end and wait until all is said."""
        self._waiting.put(end)
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while waiting := self._gathered():
            try:
                self._channel.send_all(waiting)
            except FrameError:
                self._channel.send(messages.error_message(_too_large()))
                return
            except Exception:  # noqa: BLE001  # nobody listens any more, or it can never be said
                os._exit(1)

    def _gathered(self) -> list[Json]:
        """Wait for a message and return all that wait, none at the end.

        One by one they would cost a system call each, and a change of threads.
        """
        gathered = [self._waiting.get()]
        while gathered[-1] is not None and not self._waiting.empty():
            gathered.append(self._waiting.get())
        if gathered[-1] is None:
            gathered.pop()
            self._waiting.put(None)  # so that the next look finds the end and nothing else
        return gathered


def _too_large() -> EngineError:
    return EngineError("The answers of one interview are too large for the survey engine.")
