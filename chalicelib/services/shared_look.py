"""Wait for a change, many at once: one look an interval serves all who wait in this process."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chalicelib.logs.lines import logger_of

logger = logger_of("shared_look")
INTERVAL_SECONDS = 0.1
REST = 4.0
"""Looks that take longer are further apart: by so many times what the last one took."""
Seen = TypeVar("Seen")


@dataclass(eq=False)
class _Waiter(Generic[Seen]):
    name: str
    over: Callable[[Seen | None], bool]
    woken: threading.Event = field(default_factory=threading.Event)


class SharedLook(Generic[Seen]):
    """Looks at things, by their names, while somebody waits for them.

    A thread of its own looks; it ends with the last that waits, so that a function which is frozen
    between two requests has none.
    """

    def __init__(
        self,
        look: Callable[[Collection[str]], Mapping[str, Seen]],
        *,
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        self._look = look
        self._interval = interval_seconds
        self._lock = threading.Lock()
        self._waiters: set[_Waiter[Seen]] = set()
        self._looking = False

    def wait(self, name: str, seconds: float, over: Callable[[Seen | None], bool]) -> bool:
        """Wait until what is seen of a thing is what one waits for, or the time is over; tell which.

        ``over`` is asked after each look with what was seen, None where nothing is there. It is quick.
        """
        waiter = _Waiter[Seen](name, over)
        with self._lock:
            self._waiters.add(waiter)
            begin, self._looking = not self._looking, True
        if begin:
            threading.Thread(target=self._look_on, name="shared look", daemon=True).start()
        woken = waiter.woken.wait(seconds)
        with self._lock:
            self._waiters.discard(waiter)
        return woken

    def _look_on(self) -> None:
        pause = self._interval
        while True:
            time.sleep(pause)
            with self._lock:
                waiters = tuple(self._waiters)
                if not waiters:
                    self._looking = False
                    return
            began = time.monotonic()
            try:
                self._look_for(waiters)
            except Exception:  # the thread's own border: who waits is answered when its time is over
                logger.exception("Nothing could be seen for those who wait")
            pause = max(self._interval, REST * (time.monotonic() - began))

    def _look_for(self, waiters: Collection[_Waiter[Seen]]) -> None:
        seen = self._look({waiter.name for waiter in waiters})
        for waiter in waiters:
            if waiter.over(seen.get(waiter.name)):
                waiter.woken.set()
