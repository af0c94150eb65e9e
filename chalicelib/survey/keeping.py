"""The parent's half of the journal: has answers kept, and tells the child."""

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from chalicelib.domain.interview import PaidAnswer
from chalicelib.survey import messages
from chalicelib.survey.frames import FrameError
from chalicelib.survey.nursery import Child

AT_ONCE = 25
"""Answers kept with one call: DynamoDB writes so many in one batch."""


class Keeper:
    """Has the answers of one child kept by a thread of its own, all that wait at once.

    On leaving its context the child is killed and what has been heard is kept; what ``keep`` raises
    is raised then, in place of how the child has ended.
    """

    def __init__(self, child: Child, keep: Callable[[Sequence[PaidAnswer]], None]) -> None:
        self._child = child
        self._keep = keep
        self._waiting: queue.SimpleQueue[PaidAnswer | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._child.kill()
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
        if self._failure is not None and kind is not GeneratorExit:
            raise self._failure

    def take(self, answer: PaidAnswer) -> None:
        """Have an answer kept soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        self._waiting.put(answer)

    def _work(self) -> None:
        while batch := self._gathered():
            try:
                self._keep(batch)
            except BaseException as error:  # noqa: BLE001  # the thread's border: raised again on leaving
                self._failure = error
                self._child.kill()  # whoever listens to the child wakes up
                return
            # A child that is gone needs to know nothing.
            with contextlib.suppress(OSError, ValueError, FrameError):
                self._child.channel.send(messages.kept_message(len(batch)))

    def _gathered(self) -> list[PaidAnswer]:
        """Wait for an answer and return all that wait; an empty list at the end."""
        batch: list[PaidAnswer] = []
        while len(batch) < AT_ONCE and not (batch and self._waiting.empty()):
            answer = self._waiting.get()
            if answer is None:
                self._waiting.put(None)
                break
            batch.append(answer)
        return batch
