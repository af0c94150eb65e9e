"""The simulation's time: what happens is done in the order of when, and then of who said so first."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

MILLISECONDS = 1000


class Clock:
    """What is to happen, and what time it is; ``now`` in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = count()
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    @property
    def moment(self) -> int:
        """Return the time in milliseconds, as the product has it."""
        return int(self.now * MILLISECONDS)

    def at(self, time: float, act: Callable[..., None], *arguments: object) -> None:
        """Have something done at a time."""
        heapq.heappush(self._events, (time, next(self._order), act, arguments))

    def run(self) -> None:
        """Do all of it."""
        while self._events:
            self.now, _, act, arguments = heapq.heappop(self._events)
            act(*arguments)
