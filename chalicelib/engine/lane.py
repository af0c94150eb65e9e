"""The calls of one model that wait for their turn in a slice, and when they may be made."""

import math
import sys
from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import Allowances, Room
from chalicelib.engine.wire.calls import Answer

PREFETCH = 0.5
"""So many seconds before what is allowed is used up, more is taken."""
LOOK = 1.0
"""Seconds after which to look whether what was allowed still is."""
LEARNING = 0.1
"""How much one call tells of what the next ones take."""
STALE = 1.0
"""Leave that nobody needed when it came is not kept for longer."""
MORE = 0.1
"""Seconds after which more places are asked for, if more calls have come than were told of."""
MEASURED, LEAST_MEASURED = 10.0, 1.0
"""The last seconds in which calls are counted: from the first of them on."""


@dataclass(frozen=True, order=True)
class Waiting:
    """A call that waits: those of the first interviews come first, for rows are recorded in their order."""

    index: int
    number: int
    tokens: int
    """That it takes at the most, as far as one can tell."""


@dataclass(frozen=True)
class Ended:
    """A call of which nothing more comes, without its answer, which may be large."""

    number: int
    seconds: float
    took: int | None
    answered: bool

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return what is to be known of an answer."""
        took = sum(answer.tokens) if answer.tokens else 0
        return cls(answer.number, answer.seconds, took or None, answer.problem is None)


@dataclass(frozen=True)
class Slot:
    """Leave for one call from a moment on (``time.monotonic``)."""

    due: float
    generation: int
    tokens: int
    """What was taken for it."""


class Lane:
    """One model's. It belongs to the gate's thread."""

    def __init__(self, model: ModelUse, allowances: Allowances) -> None:
        self.model = model
        self.waiting: list[Waiting] = []
        self.answered = False
        """Whether a call was answered since one was refused last."""
        self._allowances = allowances
        self._slots: deque[Slot] = deque()
        self._part = 1.0
        """Of what calls might take, what they do."""
        self._ask_at = 0.0
        self._look_at = 0.0
        self._made: deque[float] = deque()
        self._in_flight = 0
        self._room = Room(0, 0.0)
        self._room_until = 0.0
        self._more_at = 0.0
        self._told = 0
        """The calls that room was asked for."""
        self._peak = 0
        """Calls that there were together since."""

    def enter(self, call: Waiting) -> None:
        """Have a call wait."""
        insort(self.waiting, call)

    def remove(self, number: int) -> None:
        """Let a call wait no more, if it does."""
        self.waiting = [call for call in self.waiting if call.number != number]

    def clear(self) -> list[int]:
        """Take out all that wait; returns their numbers."""
        waiting, self.waiting = self.waiting, []
        return [call.number for call in waiting]

    def due(self, now: float) -> Iterator[tuple[Waiting, Slot]]:
        """Take the calls that may be made now out, each with its leave."""
        self._look(now)
        self._make_room(now)
        while self._take(now):
            pass
        while self._places_free() and self.waiting and self._slots and self._slots[0].due <= now:
            self._made.append(now)
            self._in_flight += 1
            yield self.waiting.pop(0), self._slots.popleft()
        while not self.waiting and self._slots and self._slots[0].due < now - STALE:
            self._slots.popleft()

    def next_at(self) -> float | None:
        """Return when there may be something due; None: not before a call comes or ends."""
        moments = self._room_moments()
        if not self.waiting or not self._places_free():
            return min(moments, default=None)
        if not self._slots:
            return min([self._ask_at, *moments])
        moments += [self._slots[0].due, self._look_at]
        if len(self.waiting) > len(self._slots):
            moments.append(max(self._ask_at, self._slots[-1].due - PREFETCH))
        return min(moments)

    def pace(self, now: float) -> int:
        """Return how many calls a minute were made lately."""
        while self._made and self._made[0] < now - MEASURED:
            self._made.popleft()
        return round(len(self._made) * 60 / max(LEAST_MEASURED, now - self._made[0])) if self._made else 0

    def landed(self) -> None:
        """Note that a call is not in flight any more."""
        self._in_flight -= 1

    def end(self) -> None:
        """Give back what was held; no call is made any more."""
        if 0 < self._room.calls < sys.maxsize:
            self._allowances.room(self.model, wanted=0, used=0)

    def settle(self, call: Waiting, slot: Slot, took: int) -> None:
        """Give back what a call was given and did not take, or take what it took besides."""
        self._allowances.used(self.model, took - slot.tokens)
        if took and call.tokens:
            self._part += LEARNING * (took / call.tokens - self._part)

    def look_soon(self) -> None:
        """Look at once whether what was allowed still is."""
        self._look_at = 0.0

    def _take(self, now: float) -> bool:
        """Take leave for calls that have none, if there is need for more; tells whether there was any."""
        more = self.waiting[len(self._slots) : self._places_free()]
        is_enough = self._slots and self._slots[-1].due > now + PREFETCH
        if not more or is_enough or now < self._ask_at:
            return False
        tokens = [round(call.tokens * self._part) for call in more]
        allowed = self._allowances.take(self.model, tokens)
        if not allowed.calls:
            self._ask_at = now + allowed.begins_in
            return False
        self._slots.extend(
            Slot(now + allowed.begins_in + number * allowed.every, allowed.generation, tokens[number])
            for number in range(allowed.calls)
        )
        return True

    def _places_free(self) -> int:
        return max(0, self._room.calls - self._in_flight)

    def _make_room(self, now: float) -> None:
        """Say again how many calls there are to be in flight, when it is time or there are more of them."""
        calls = self._in_flight + len(self.waiting)
        self._peak = max(self._peak, calls)
        if not calls or now < min(self._room_moments(), default=math.inf):
            return
        self._room = self._allowances.room(self.model, wanted=self._peak, used=self._in_flight)
        self._room_until, self._more_at = now + self._room.again_in, now + MORE
        self._told, self._peak = self._peak, calls

    def _room_moments(self) -> list[float]:
        """Return when room is to be asked for."""
        calls = self._in_flight + len(self.waiting)
        if not calls or self._room_until == math.inf:
            return []
        more = [self._more_at] if calls > max(self._told, self._room.calls) else []
        return [self._room_until, *more]

    def _look(self, now: float) -> None:
        if not self._slots or not self.waiting:
            self._look_at = now + LOOK
        elif now >= self._look_at:
            self._look_at = now + LOOK
            generation = self._allowances.generation(self.model)
            if any(slot.generation != generation for slot in self._slots):
                self._slots.clear()
                self._ask_at = 0.0
