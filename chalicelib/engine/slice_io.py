"""The worker's half of what a slice keeps, finds and adds: has it done, and tells the jail."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Generic, Self, TypeVar

from chalicelib.domain.cache.entry import NewEntry
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceStore, ValidAnswer
from chalicelib.engine.relay import Calls, Relay
from chalicelib.engine.sandbox.fork_server import Child
from chalicelib.engine.talk import tell_if_there
from chalicelib.engine.undecided import Undecided
from chalicelib.engine.wire import calls, messages

WRITTEN_AT_ONCE = 25
FOUND_AT_ONCE = 100
"""DynamoDB writes and reads so many items in one batch."""
GATHERS_SECONDS = 0.1
"""So long entries that nobody paid for wait for others: a request costs more than an entry."""
Item = TypeVar("Item")
Kept = tuple[RecordedResponse, calls.Answer | None]
"""What is to be kept of an answer, and if the jail is to be told it then, the answer."""


class BatchWorker(Generic[Item]):
    """Does one kind of work in a thread of its own, with all that waits at once, ``at_once`` at most."""

    def __init__(
        self,
        do: Callable[[list[Item]], None],
        at_once: int,
        stop: Callable[[], None],
        *,
        gathers_seconds: float = 0.0,
    ) -> None:
        """``stop`` is called, from the thread, when ``do`` has raised something: the worker's end.

        Nothing is done before so many items wait, one comes that may not wait, or the first has waited
        for so many seconds.
        """
        self._gathers_seconds = gathers_seconds
        self._hurries = False
        self.failure: BaseException | None = None
        self._do = do
        self._at_once = at_once
        self._stop = stop
        self._changed = threading.Condition()
        self._waiting: deque[Item] = deque()
        self._closed = False
        self._thread: threading.Thread | None = None

    def take(self, items: Iterable[Item], *, may_wait: bool = True) -> None:
        """Have something done soon, or as soon as can be; the thread starts with the first of it."""
        with self._changed:
            waited = len(self._waiting)
            self._waiting.extend(items)
            self._hurries |= not may_wait
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            # Not for each item: who is woken to look that there are not enough yet takes longer than an item.
            if not waited or not may_wait or waited < self._at_once <= len(self._waiting):
                self._changed.notify()

    def finish(self, *, drop: bool = False) -> None:
        """Wait until all that waits is done, or let it go."""
        with self._changed:
            self._closed = True
            if drop:
                self._waiting.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._gathered():
            try:
                self._do(batch)
            except BaseException as error:  # noqa: BLE001  # the thread's border: raised again on leaving
                self.failure = error
                self._stop()
                return

    def _gathered(self) -> list[Item]:
        """Wait for something and return all that waits; an empty list at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(
                lambda: self._hurries or len(self._waiting) >= self._at_once or self._closed,
                self._gathers_seconds,
            )
            batch = [self._waiting.popleft() for _ in range(min(self._at_once, len(self._waiting)))]
            self._hurries &= bool(self._waiting)
            return batch


class SliceIo:
    """Has a store do what a slice needs: keep, find and add by workers that do not delay each other.

    On leaving its context jail and caller are killed, and what has been heard is kept and added; what
    the store raises is raised then, in place of how they have ended.
    """

    def __init__(
        self,
        jail: Child,
        caller: Child,
        store: SliceStore,
        found: set[str],
        made: Calls,
        *,
        keeps_in_cache: bool,
    ) -> None:
        """``found`` takes up the keys whose entries the jail is told; ``made`` are the calls it asks for."""
        self._keeps_in_cache = keeps_in_cache
        self._undecided = Undecided(lambda late: self._keeping.take((each, None) for each in late))
        self._jail = jail
        self._store = store
        self._found = found
        # Whoever listens to a child that is killed wakes up.
        self._keeping = BatchWorker[Kept](self._keep, WRITTEN_AT_ONCE, jail.kill)
        self._finding = BatchWorker(self._find, FOUND_AT_ONCE, jail.kill)
        self.relay = Relay(jail, caller, made, paid=self._paid, file=store.file)
        """Between jail and caller."""
        self._adding = BatchWorker[ValidAnswer](
            store.add, WRITTEN_AT_ONCE, jail.kill, gathers_seconds=GATHERS_SECONDS
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.relay.end()
        self._undecided.close()
        self._finding.finish(drop=True)
        self._keeping.finish()
        self._adding.finish()
        for worker in (self._keeping, self._adding, self._finding, self.relay):
            if worker.failure is not None and kind is not GeneratorExit:
                raise worker.failure

    def find(self, keys: Iterable[str]) -> None:
        """Have keys looked up soon."""
        self._finding.take(keys)

    def add(self, entry: NewEntry) -> None:
        """Have an entry added soon, and with it what was paid for it."""
        response = self._undecided.valid(entry.index, entry.entry.output)
        # What was paid for is lost with this process until it is written (P3).
        self._adding.take([ValidAnswer(entry, response)], may_wait=response is None)

    def ended(self, index: int) -> None:
        """Take it that an interview has its row: what it was answered besides is no entry."""
        self._undecided.ended(index)

    def _paid(self, response: RecordedResponse, answer: calls.Answer) -> bool:
        """Have an answer kept that was paid for; tell whether the jail may be told it before that."""
        if self._keeps_in_cache and response.problem is None:
            self._undecided.add(response)
            return True
        self._keeping.take([(response, answer)])
        return False

    def _keep(self, kept: list[Kept]) -> None:
        self._store.keep([response for response, _ in kept])
        told = [answer for _, answer in kept if answer is not None]
        if told:
            tell_if_there(self._jail, calls.answered_message(told))

    def _find(self, keys: list[str]) -> None:
        found = self._store.find(keys)
        self._found.update(key for key in keys if key in found)
        tell_if_there(self._jail, messages.found_message(keys, found))
