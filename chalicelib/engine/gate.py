"""Between jail and caller: what the jail asks waits here until its provider takes it.

A call that a provider refuses because there are too many waits again, and the jail never hears of it.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from chalicelib.domain.json_types import Json
from chalicelib.domain.providers.limits import Refusal
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import Allowances
from chalicelib.engine.lane import Ended, Lane, Slot, Waiting
from chalicelib.engine.last_moment import LastMoment
from chalicelib.engine.wire import calls, tokens
from chalicelib.engine.wire.calls import Answer, Question
from chalicelib.engine.wire.failures import Failure

OVERLOAD_TRIES = 3
"""As edsl has it for what a provider cannot do at the moment; then the jail hears of it."""
SHORTEST_PAUSE = 0.005
"""Calls that are due within so many seconds go together."""


@dataclass(frozen=True)
class Ways:
    """How what comes of it is told."""

    caller: Callable[[Json], None]
    jail: Callable[[Json], None]
    fail: Callable[[], None]
    """Called when the gate itself has failed."""
    made: Callable[[list[int]], None] = lambda _: None
    """Called with the calls that are on their way now."""


@dataclass(frozen=True)
class Gone:
    """A call that is made."""

    call: Waiting
    lane: Lane
    slot: Slot


class Gate:
    """The calls of one slice. All that it is told it does in a thread of its own, one after the other."""

    def __init__(self, allowances: Allowances, ways: Ways, seconds: float) -> None:
        """``seconds`` is the slice's time."""
        self.failure: BaseException | None = None
        self._allowances = allowances
        self._ways = ways
        self._last = LastMoment(seconds)
        self._told: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lanes: dict[ModelUse, Lane] = {}
        self._gone: dict[int, Gone] = {}
        self._tries: Counter[int] = Counter()
        self._overloads: Counter[int] = Counter()
        self._stood: set[int] = set()
        """Calls of which the jail knows that they wait."""
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="gate", daemon=True)
        self._thread.start()

    def enter(self, questions: Iterable[Question]) -> None:
        """Have calls made when their turn comes; the caller has them already."""
        entered = [
            (
                ModelUse(question.model["inference_service"], question.model["model"]),
                Waiting(question.index, question.number, tokens.guessed(question)),
            )
            for question in questions
        ]
        self._told.put(partial(self._enter_all, entered))

    def ended(self, answers: Iterable[Answer]) -> None:
        """Note that nothing more comes of some calls."""
        self._told.put(partial(self._note_ends, [Ended.of(answer) for answer in answers]))

    def refused(self, answer: Answer) -> None:
        """Have a call made again for which its provider has no room."""
        self._told.put(partial(self._refuse, answer.number, answer.again or 0.0, answer.problem or ["", ""]))

    def learn(self, model: ModelUse, requests: int, most_tokens: int) -> None:
        """Take what a provider says that it takes in a minute; 0: it does not say."""
        self._told.put(partial(self._allowances.told, model, requests, most_tokens))

    def close(self) -> None:
        """Make no more calls: those that wait are left."""
        self._told.put(self._close)

    def end(self) -> None:
        """End the thread."""
        self._told.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            while self._do_what_was_told():
                self._serve()
            for lane in self._lanes.values():
                lane.end()
        except BaseException as error:  # noqa: BLE001  # the thread's border: raised again at the end
            self.failure = error
            self._ways.fail()

    def _do_what_was_told(self) -> bool:
        """Wait for something to do, and do all there is; tells whether to go on."""
        try:
            told = self._told.get(timeout=self._pause())
            while told is not None:
                told()
                told = self._told.get_nowait()
        except queue.Empty:
            return True
        return False

    def _pause(self) -> float | None:
        moments = [moment for lane in self._lanes.values() if (moment := lane.next_at()) is not None]
        if any(self._waiting()):
            moments.append(self._last.at())
        return max(SHORTEST_PAUSE, min(moments) - time.monotonic()) if moments else None

    def _serve(self) -> None:
        now = time.monotonic()
        if now >= self._last.at() and any(self._waiting()):
            self._allowances.left()
            self._close()
        due = [Gone(call, lane, slot) for lane in self._lanes.values() for call, slot in lane.due(now)]
        self._gone |= {gone.call.number: gone for gone in due}
        if due:
            going = [gone.call.number for gone in due]
            self._ways.made(going)
            self._ways.caller(calls.go_message(going))
        begun = [gone.call.number for gone in due if gone.call.number in self._stood]
        waits = [call.number for call in self._waiting() if call.number not in self._stood]
        self._stood = self._stood.difference(begun).union(waits)
        if begun or waits:
            self._ways.jail(calls.turn_message(waits=waits, begun=begun))

    def _waiting(self) -> Iterator[Waiting]:
        for lane in self._lanes.values():
            yield from lane.waiting

    def _enter(self, model: ModelUse, call: Waiting) -> None:
        if self._closed:
            self._ways.caller(calls.leave_message([call.number]))
            return
        if model not in self._lanes:
            self._lanes[model] = Lane(model, self._allowances)
        self._lanes[model].enter(call)

    def _enter_all(self, entered: Iterable[tuple[ModelUse, Waiting]]) -> None:
        for model, call in entered:
            self._enter(model, call)

    def _note_ends(self, ends: Iterable[Ended]) -> None:
        for ended in ends:
            self._note_end(ended)

    def _note_end(self, ended: Ended) -> None:
        gone = self._gone.pop(ended.number, None)
        for counted in (self._tries, self._overloads):
            counted.pop(ended.number, None)
        self._stood.discard(ended.number)
        self._last.note(ended.seconds)
        if gone is None:  # it was dropped before its turn
            for lane in self._lanes.values():
                lane.remove(ended.number)
            return
        gone.lane.landed()
        gone.lane.answered |= ended.answered
        if ended.took is not None:
            gone.lane.settle(gone.call, gone.slot, ended.took)

    def _refuse(self, number: int, wait: float, problem: list[str]) -> None:
        gone = self._gone.pop(number, None)
        if gone is None:
            return
        lane, overloaded = gone.lane, problem[0] == Failure.OVERLOADED
        lane.landed()
        self._tries[number] += 1
        self._overloads[number] += overloaded
        refusal = Refusal(
            generation=gone.slot.generation,
            wait=int(wait * 1000),
            overloaded=overloaded,
            asked=lane.pace(time.monotonic()),
            tries=self._tries[number],
            answered=lane.answered,
        )
        lane.answered = False
        is_hopeless = self._allowances.refused(lane.model, refusal)
        lane.settle(gone.call, gone.slot, 0)
        lane.look_soon()
        if is_hopeless:
            self._ways.caller(calls.fail_message([number, *lane.clear()], problem))
        elif self._overloads[number] >= OVERLOAD_TRIES:
            self._ways.caller(calls.fail_message([number], problem))
        else:
            self._enter(lane.model, gone.call)

    def _close(self) -> None:
        self._closed = True
        left = [number for lane in self._lanes.values() for number in lane.clear()]
        if left:
            self._ways.caller(calls.leave_message(left))
