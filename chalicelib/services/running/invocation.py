"""One invocation of a worker: the slice that its message names, and those that it makes room for."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from chalicelib.domain.runs.turns import Place, Waiting
from chalicelib.logs.lines import logger_of
from chalicelib.services import turns
from chalicelib.services.beside import Join
from chalicelib.services.delivery import Delivery, held, renewal_is_due
from chalicelib.services.deps import deps
from chalicelib.services.running.lease import Lease

LOOK_SECONDS = 0.5
"""How often to look whether somebody else waits: one query."""
MOST_DRAINING = 2
"""Slices whose calls come to their end beside the one that is run. Each has processes of its own."""
LEAST_SECONDS = 60.0
"""That must be left of an invocation for it to begin with another slice."""

logger = logger_of("invocation")
Began = Callable[[], None]
Run = Callable[[Waiting, Delivery, "Invocation", Began], bool]


class Invocation:
    """Looks out for accounts that have fewer workers than the one whose slice this worker runs.

    Where there is one, the slice is drained: it starts no call, and while those in flight end, which may
    take half a minute, the other's slice is run beside it, and then whatever is next in turn.
    """

    def __init__(self, delivery: Delivery, run: Run) -> None:
        """``run`` claims a slice that waits, says so when it has, and runs it.

        It tells whether there is anything in looking at a further one: not if somebody else was faster.
        """
        self._delivery = delivery
        self._run = run
        self._lock = threading.Lock()
        self._active = 0
        self._draining = 0
        self._beginning: Turn | None = None
        self._joins: list[Join] = []

    @contextmanager
    def turn(self, place: Place, lease: Lease) -> Iterator[None]:
        """Work on a slice in this block, and look out for others meanwhile."""
        turn = Turn(self, place, lease)
        with self._lock:
            self._active += 1
            self._beginning = None
        try:
            with deps().beating(LOOK_SECONDS, turn.look):
                yield
        finally:
            self._end(turn)

    def wait(self) -> None:
        """Wait for what was begun beside the message's own slice."""
        if self._joins:
            with held(self._delivery):
                while self._joins:
                    self._joins.pop()()

    def may_begin(self, turn: "Turn") -> bool:
        """Tell whether a slice may be begun for which this one makes room, or has made it."""
        with self._lock:
            if self._beginning is not None or self._delivery.seconds_left() < LEAST_SECONDS:
                return False
            return not self._active if turn.draining else self._draining < MOST_DRAINING

    def begin(self, turn: "Turn", chosen: Sequence[Waiting]) -> None:
        """Run the first of some slices that can be had, beside one that is drained for it."""
        with self._lock:
            self._beginning = turn
        self._joins.append(deps().beside(lambda: self._work(turn, chosen)))

    def drain(self, turn: "Turn") -> None:
        """Have a slice make room, unless it has already."""
        if turn.draining:
            return
        with self._lock:
            self._active -= 1
            self._draining += 1
        turn.drain()

    def _work(self, turn: "Turn", chosen: Sequence[Waiting]) -> None:
        # Of its own message's visibility the slice that it came for takes care.
        without_message = Delivery(self._delivery.seconds_left, lambda _: None)
        try:
            for waiting in chosen:
                if not self._run(waiting, without_message, self, lambda: self.drain(turn)):
                    break
        except Exception:
            # As if its holder had died: its own message comes, or the sweeper, and others go on with it.
            logger.exception("A slice that was run beside another one failed")
        finally:
            with self._lock:
                if self._beginning is turn:
                    self._beginning = None

    def _end(self, turn: "Turn") -> None:
        with self._lock:
            if turn.draining:
                self._draining -= 1
            else:
                self._active -= 1
        turn.end()


class Turn:
    """A slice while this invocation works on it."""

    def __init__(self, invocation: Invocation, place: Place, lease: Lease) -> None:
        self._invocation = invocation
        self._place = place
        self._lease = lease
        self._since = deps().clock()
        self._marked_until = 0

    @property
    def draining(self) -> bool:
        """Tell whether it has made room for another one."""
        return self._lease.draining

    def look(self) -> None:
        """See whether somebody else is to have this worker."""
        if not self.draining:
            self._mark()
        if self._invocation.may_begin(self):
            chosen = turns.in_turn() if self.draining else self._room_wanted()
            if chosen:
                self._invocation.begin(self, chosen)

    def drain(self) -> None:
        """Start no more calls."""
        self._lease.drain()
        turns.note_rest(self._place)

    def end(self) -> None:
        """Note that nobody works on it any more."""
        if not self.draining:
            turns.note_rest(self._place)

    def _room_wanted(self) -> list[Waiting]:
        return turns.room_wanted(self._place.account_id, since=self._since)

    def _mark(self) -> None:
        if renewal_is_due(self._marked_until):
            self._marked_until = turns.note_work(self._place)
