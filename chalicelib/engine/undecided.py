"""Answers that were paid for, until it is known what they are: valid ones become entries of the cache.

An answer is kept once (P3). Where valid ones go to the account's cache, the jail is told an answer before
it is kept, and says in a moment whether it is valid. Of what it does not say so soon, or at all, the answer
is kept like one that is not valid.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import is_

from chalicelib.domain.runs.engine_port import RecordedResponse

LONGEST_SECONDS = 2.0
"""So long an answer may be kept nowhere but here."""


class Undecided:
    """The answers of one slice of which it is not known yet what they are; threads may share it."""

    def __init__(self, keep: Callable[[list[RecordedResponse]], None]) -> None:
        """``keep`` has answers kept that are no entries; it does not wait."""
        self._keep = keep
        self._changed = threading.Condition()
        self._came: deque[tuple[float, RecordedResponse]] = deque()
        self._open: dict[int, list[RecordedResponse]] = {}
        """By interview, in the order in which they came."""
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, response: RecordedResponse) -> None:
        """Take an answer that the jail is told next."""
        with self._changed:
            self._came.append((time.monotonic() + LONGEST_SECONDS, response))
            self._open.setdefault(response.index, []).append(response)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_what_takes_long, daemon=True)
                self._thread.start()

    def valid(self, index: int, output: str) -> RecordedResponse | None:
        """Return the answer of an interview that an entry was made of, which is not to be kept here any more.

        None: it was kept already, or a model was not asked for it.
        """
        with self._changed:
            return self._taken(index, lambda each: json.dumps(each.response) == output)

    def ended(self, index: int) -> None:
        """Keep what an interview was answered besides: nothing more is said of it."""
        with self._changed:
            self._put(self._open.pop(index, []))

    def close(self) -> None:
        """Keep all that is left, and end."""
        with self._changed:
            self._closed = True
            self._put([response for responses in self._open.values() for response in responses])
            self._open.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _put(self, responses: list[RecordedResponse]) -> None:
        if responses:
            self._keep(responses)

    def _keep_what_takes_long(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                while self._came and self._came[0][0] <= now:
                    _, late = self._came.popleft()
                    if self._taken(late.index, partial(is_, late)) is not None:
                        self._keep([late])
                self._changed.wait(self._came[0][0] - now if self._came else LONGEST_SECONDS)

    def _taken(self, index: int, is_it: Callable[[RecordedResponse], bool]) -> RecordedResponse | None:
        """Take one of an interview's answers out, if it is still undecided."""
        responses = self._open.get(index, [])
        place = next((place for place, each in enumerate(responses) if is_it(each)), None)
        return None if place is None else responses.pop(place)
