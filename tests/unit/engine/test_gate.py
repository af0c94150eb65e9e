"""Calls wait in the gate for their turn, and what is refused waits again."""

import queue
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.domain.providers.limits import Refusal
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import NO_BOUND, Allowed, Room
from chalicelib.engine.gate import OVERLOAD_TRIES, Gate, Ways
from chalicelib.engine.lane import LOOK, MORE, STALE, Lane, Waiting
from chalicelib.engine.wire.calls import CANCELLED, Answer, Question

SECONDS = 120.0
"""Far more than anything here takes, however busy the machine is."""
MODEL = ModelUse("openai", "m")
ASKED = {"model": "m", "parameters": {}, "inference_service": "openai"}
PROMPTS = {"user_prompt": "u" * 400, "system_prompt": ""}
NOT_NOW = Allowed(0, 0.01)
TOO_MANY = ["RateLimitError", "Too many."]
OVERLOADED = ["InternalServerError", "Too much."]


@dataclass
class Scripted:
    """Allowances that a test gives out; when it has given none, calls wait."""

    given: list[Allowed] = field(default_factory=list)
    now_generation: int = 0
    taken: list[list[int]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    tokens: int = 0
    said: list[Any] = field(default_factory=list)
    hopeless: bool = False
    left_calls: bool = False
    without_end: bool = False
    places: Room = NO_BOUND
    needs: list[tuple[int, int]] = field(default_factory=list)
    """Calls wanted and used."""

    def room(self, _: ModelUse, *, wanted: int, used: int) -> Room:
        self.needs.append((wanted, used))
        return self.places

    def take(self, _: ModelUse, tokens: Sequence[int]) -> Allowed:
        self.taken.append(list(tokens))
        if self.without_end:
            return Allowed(len(tokens), 0.0, 0.0, self.now_generation)
        return self.given.pop(0) if self.given else NOT_NOW

    def generation(self, _: ModelUse) -> int:
        return self.now_generation

    def refused(self, _: ModelUse, refusal: Refusal) -> bool:
        self.refusals.append(refusal)
        return self.hopeless

    def used(self, _: ModelUse, tokens: int) -> None:
        self.tokens += tokens

    def told(self, *said: Any) -> None:
        self.said.append(said)

    def left(self) -> None:
        self.left_calls = True


def lane(*given: Allowed) -> tuple[Lane, Scripted]:
    allowances = Scripted(list(given))
    return Lane(MODEL, allowances), allowances


def due(of: Lane, now: float) -> list[int]:
    return [call.number for call, _ in of.due(now)]


class TestLane:
    def test_first_interviews_come_first(self) -> None:
        waiting, allowances = lane(Allowed(2))
        for number, index in enumerate([3, 1, 2]):
            waiting.enter(Waiting(index, number, 10 + index))
        assert due(waiting, 1.0) == [1, 2]
        assert allowances.taken[0] == [11, 12, 13]

    def test_calls_are_made_as_they_are_due(self) -> None:
        waiting, _ = lane(Allowed(3, 0.0, 0.4))
        for number in range(3):
            waiting.enter(Waiting(number, number, 0))
        assert [due(waiting, now) for now in (1.0, 1.3, 1.5, 1.9)] == [[0], [], [1], [2]]

    def test_more_is_taken_before_what_there_is_is_used_up(self) -> None:
        waiting, allowances = lane(Allowed(4, 0.0, 0.5))
        for number in range(6):
            waiting.enter(Waiting(number, number, 0))
        due(waiting, 1.0)
        assert len(allowances.taken) == 1
        due(waiting, 2.1)
        assert [len(tokens) for tokens in allowances.taken] == [6, 2]

    def test_what_is_not_given_is_asked_for_when_it_may_be(self) -> None:
        waiting, allowances = lane(Allowed(0, 5.0), Allowed(1))
        waiting.enter(Waiting(0, 0, 0))
        assert due(waiting, 1.0) == due(waiting, 5.9) == []
        assert len(allowances.taken) == 1
        assert waiting.next_at() == 6.0
        assert due(waiting, 6.0) == [0]
        assert waiting.next_at() is None

    def test_what_was_given_before_a_refusal_counts_no_more(self) -> None:
        waiting, allowances = lane(Allowed(2, 1.0, 1.0, 0), Allowed(2, 5.0, 0.0, 1))
        for number in range(2):
            waiting.enter(Waiting(number, number, 0))
        assert due(waiting, 1.0) == []
        allowances.now_generation = 1
        waiting.look_soon()
        assert due(waiting, 2.0 + LOOK) == []
        assert [slot.generation for _, slot in waiting.due(7.0 + LOOK)] == [1, 1]

    def test_it_learns_what_calls_take(self) -> None:
        waiting, allowances = lane(*[Allowed(1)] * 100)
        for number in range(100):
            waiting.enter(Waiting(number, number, 1000))
            for call, slot in list(waiting.due(1.0)):
                waiting.settle(call, slot, 100)
        assert allowances.taken[0] == [1000]
        assert allowances.taken[-1][0] < 110

    def test_leave_that_nobody_needs_is_not_kept(self) -> None:
        waiting, allowances = lane(Allowed(2, 0.5))
        for number in range(2):
            waiting.enter(Waiting(number, number, 0))
        due(waiting, 1.0)
        waiting.remove(0)
        waiting.remove(1)
        due(waiting, 2.0 + STALE)
        waiting.enter(Waiting(2, 2, 0))
        assert due(waiting, 2.0 + STALE) == []
        assert len(allowances.taken) == 2


class TestPlaces:
    def test_no_more_calls_are_in_flight_than_there_are_places(self) -> None:
        waiting, allowances = lane(*[Allowed(1)] * 10)
        allowances.places = Room(2, 2.0)
        for number in range(4):
            waiting.enter(Waiting(number, number, 0))
        assert due(waiting, 1.0) == [0, 1]
        assert due(waiting, 1.5) == []
        waiting.landed()
        assert due(waiting, 1.5) == [2]
        assert allowances.needs == [(4, 0)]

    def test_leave_is_taken_only_for_calls_that_have_a_place(self) -> None:
        waiting, allowances = lane()
        allowances.without_end, allowances.places = True, Room(2, 2.0)
        for number in range(4):
            waiting.enter(Waiting(number, number, 0))
        due(waiting, 1.0)
        assert [len(tokens) for tokens in allowances.taken] == [2]

    def test_what_is_wanted_is_said_again_while_calls_are_in_flight(self) -> None:
        waiting, allowances = lane(Allowed(1))
        allowances.places = Room(4, 2.0)
        waiting.enter(Waiting(0, 0, 0))
        assert due(waiting, 1.0) == [0]
        assert waiting.next_at() == 3.0
        due(waiting, 3.0)
        assert allowances.needs == [(1, 0), (1, 1)]
        waiting.landed()
        assert waiting.next_at() is None
        due(waiting, 9.0)
        assert len(allowances.needs) == 2

    def test_more_is_asked_for_soon_where_more_calls_have_come(self) -> None:
        waiting, allowances = lane(*[Allowed(1)] * 10)
        allowances.places = Room(1, 2.0)
        waiting.enter(Waiting(0, 0, 0))
        due(waiting, 1.0)
        waiting.enter(Waiting(1, 1, 0))
        assert waiting.next_at() == 1.0 + MORE
        allowances.places = Room(2, 2.0)
        assert due(waiting, 1.0 + MORE) == [1]
        assert allowances.needs == [(1, 0), (2, 1)]

    def test_what_was_wanted_between_is_wanted(self) -> None:
        """Short calls come and go: who looks just when none is there would give the places away."""
        waiting, allowances = lane(*[Allowed(1)] * 10)
        allowances.places = Room(4, 2.0)
        for number in range(3):
            waiting.enter(Waiting(number, number, 0))
        due(waiting, 1.0)
        for _ in range(3):
            waiting.landed()
        waiting.enter(Waiting(3, 3, 0))
        due(waiting, 3.0)
        assert allowances.needs == [(3, 0), (3, 0)]

    def test_in_the_end_all_places_are_given_back(self) -> None:
        waiting, allowances = lane(Allowed(1))
        allowances.places = Room(4, 2.0)
        waiting.enter(Waiting(0, 0, 0))
        due(waiting, 1.0)
        waiting.end()
        assert allowances.needs == [(1, 0), (0, 0)]

    def test_where_nobody_counts_nothing_is_said_again(self) -> None:
        waiting, allowances = lane(*[Allowed(1)] * 4)
        for number in range(4):
            waiting.enter(Waiting(number, number, 0))
            due(waiting, 1.0 + 100 * number)
        waiting.end()
        assert len(allowances.needs) == 1


@dataclass
class Scene:
    """A gate whose neighbours are played."""

    allowances: Scripted
    caller: "queue.SimpleQueue[Any]" = field(default_factory=queue.SimpleQueue)
    jail: "queue.SimpleQueue[Any]" = field(default_factory=queue.SimpleQueue)
    failed: list[bool] = field(default_factory=list)

    def open(self, seconds: float = SECONDS) -> Gate:
        ways = Ways(self.caller.put, self.jail.put, lambda: self.failed.append(True))
        return Gate(self.allowances, ways, seconds)

    def caller_hears(self) -> Any:
        return self.caller.get(timeout=SECONDS)

    def jail_hears(self) -> Any:
        return self.jail.get(timeout=SECONDS)


@pytest.fixture
def scene() -> Scene:
    return Scene(Scripted())


@pytest.fixture
def gate(scene: Scene) -> Iterator[Gate]:
    opened = scene.open()
    yield opened
    opened.end()
    assert opened.failure is None


def ask(*numbers: int) -> list[Question]:
    return [Question(number, number, f"{number:064x}", ASKED, PROMPTS, []) for number in numbers]


def test_what_is_allowed_goes_at_once_and_the_jail_hears_nothing(scene: Scene, gate: Gate) -> None:
    scene.allowances.without_end = True
    gate.enter(ask(0))
    assert scene.caller_hears() == {"go": [0]}
    assert scene.jail.empty()


def test_the_jail_hears_which_calls_wait_and_when_they_begin(scene: Scene, gate: Gate) -> None:
    gate.enter(ask(0))
    assert scene.jail_hears() == {"waits": [0], "begun": []}
    scene.allowances.without_end = True
    assert scene.caller_hears() == {"go": [0]}
    assert scene.jail_hears() == {"waits": [], "begun": [0]}


def test_a_refused_call_waits_again_and_slows_down(scene: Scene, gate: Gate) -> None:
    scene.allowances.given = [Allowed(1, generation=4)]
    gate.enter(ask(0))
    assert scene.caller_hears() == {"go": [0]}
    gate.refused(Answer(0, None, TOO_MANY, 0.1, again=2.5))
    assert scene.jail_hears() == {"waits": [0], "begun": []}
    (refusal,) = scene.allowances.refusals
    assert (refusal.generation, refusal.wait, refusal.overloaded) == (4, 2500, False)
    scene.allowances.without_end = True
    assert scene.caller_hears() == {"go": [0]}


def test_an_overload_is_tried_a_few_times(scene: Scene, gate: Gate) -> None:
    scene.allowances.without_end = True
    gate.enter(ask(0))
    for _ in range(OVERLOAD_TRIES):
        assert scene.caller_hears() == {"go": [0]}
        gate.refused(Answer(0, None, OVERLOADED, 0.1, again=0.0))
    assert scene.caller_hears() == {"fail": [0], "problem": OVERLOADED}


def test_where_there_is_no_hope_all_that_wait_fail(scene: Scene, gate: Gate) -> None:
    scene.allowances.given = [Allowed(1)]
    scene.allowances.hopeless = True
    gate.enter(ask(0, 1, 2))
    assert scene.caller_hears() == {"go": [0]}
    gate.refused(Answer(0, None, TOO_MANY, 0.1, again=0.0))
    assert scene.caller_hears() == {"fail": [0, 1, 2], "problem": TOO_MANY}


def test_what_was_dropped_while_it_waited_is_not_made(scene: Scene, gate: Gate) -> None:
    gate.enter(ask(0, 1))
    assert scene.jail_hears()["waits"] == [0, 1]
    gate.ended([Answer(0, None, [CANCELLED, ""], 0.0)])
    # As soon as it is heard only one call is asked for.
    while len(scene.allowances.taken[-1]) > 1:
        time.sleep(0.001)
    scene.allowances.without_end = True
    assert scene.caller_hears() == {"go": [1]}


def test_a_closed_gate_leaves_what_waits_and_what_comes(scene: Scene, gate: Gate) -> None:
    scene.allowances.given = [Allowed(1)]
    gate.enter(ask(0, 1))
    assert scene.caller_hears() == {"go": [0]}
    gate.close()
    assert scene.caller_hears() == {"leave": [1]}
    gate.enter(ask(2))
    assert scene.caller_hears() == {"leave": [2]}
    gate.refused(Answer(0, None, TOO_MANY, 0.1, again=0.0))
    assert scene.caller_hears() == {"leave": [0]}
    assert not scene.allowances.left_calls


def test_what_waits_is_left_where_it_would_not_end_in_time(scene: Scene) -> None:
    gate = scene.open(seconds=0.2)
    gate.enter(ask(0))
    assert scene.caller_hears() == {"leave": [0]}
    assert scene.allowances.left_calls
    gate.end()


def test_tokens_are_settled(scene: Scene, gate: Gate) -> None:
    scene.allowances.given = [Allowed(1)]
    gate.enter(ask(0))
    assert scene.caller_hears() == {"go": [0]}
    (guessed,) = scene.allowances.taken[0]
    assert guessed == 1100
    gate.ended([Answer(0, {}, None, 1.0, tokens=[100, 20])])
    gate.end()
    assert scene.allowances.tokens == 120 - guessed


def test_a_call_that_ends_makes_room_for_the_next(scene: Scene, gate: Gate) -> None:
    scene.allowances.without_end, scene.allowances.places = True, Room(1, SECONDS)
    gate.enter(ask(0, 1, 2))
    assert scene.caller_hears() == {"go": [0]}
    gate.ended([Answer(0, {}, None, 1.0, tokens=[0, 0])])
    assert scene.caller_hears() == {"go": [1]}
    gate.refused(Answer(1, None, TOO_MANY, 0.1, again=0.0))
    assert scene.caller_hears() == {"go": [1]}
    assert scene.allowances.needs == [(3, 0)]


def test_a_gate_that_fails_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    gate = scene.open()
    monkeypatch.setattr(scene.allowances, "take", fail)
    gate.enter(ask(0))
    gate._thread.join(SECONDS)
    gate.end()
    assert isinstance(gate.failure, ValueError)
    assert scene.failed
