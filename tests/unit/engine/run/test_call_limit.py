"""What one call may take is counted while it is made, never while it waits; what is cut off is told of."""

import threading
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.runs.call_board import CallBoard
from chalicelib.domain.runs.calls_now import NO_CALLS, TriedAgain
from chalicelib.domain.runs.engine_port import Room, SliceOrder, Unlimited
from chalicelib.domain.runs.slice_progress import SliceProgress
from chalicelib.engine.edsl import seams
from chalicelib.engine.engine import Engine
from chalicelib.engine.run.deadlines import Deadlines
from chalicelib.engine.run.failures import TYPES
from chalicelib.engine.wire.failures import CUT_OFF_EARLY, EARLY, Failure, tries_of
from tests.support.fake_openai import FakeOpenAI
from tests.support.orders import order_of
from tests.support.shapes import choice, free
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.run.test_journal import paid_job

PATIENCE = 120.0
KEY = "sk-secret-0123456789-0123456789"


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as started:
        yield started


def one_question(interviews: int) -> dict[str, Any]:
    scenarios = [{"x": number} for number in range(interviews)]
    return {**paid_job(free("feeling", "How is {{ scenario.x }}?")), "scenarios": scenarios}


def order(provider: FakeOpenAI, interviews: int, **row: Any) -> SliceOrder:
    services = (Service("openai", provider.url, KEY, **row),)
    return order_of(one_question(interviews), 0, interviews, services=services)


class OneAtATime(Unlimited):
    """Lets one call be in flight."""

    def room(self, _: ModelUse, *, wanted: int, used: int) -> Room:  # noqa: ARG002  # the protocol's names
        return Room(1, 60.0)


class Watched(CallBoard):
    """Remembers what was told of failures."""

    def __init__(self, interviews: int) -> None:
        super().__init__(1, range(interviews))
        self.seen: list[tuple[TriedAgain, ...]] = []

    def refused(self, number: int, kind: str, message: str) -> None:
        super().refused(number, kind, message)
        self.seen.append(self.progress().calls.reasons)

    def failed(self, number: int, kind: str, message: str, *, tries: int) -> None:
        super().failed(number, kind, message, tries=tries)
        self.seen.append(self.progress().calls.reasons)


def test_waiting_for_a_place_is_no_part_of_what_a_call_may_take(engine: Engine, provider: FakeOpenAI) -> None:
    provider.delay = 0.7
    made = order(provider, 5, call_limit_seconds=2.5)
    watch = Watched(5)
    rows = list(engine.run(made, ListSliceStore(), allowances=OneAtATime(), watch=watch))
    assert all(row.good for row in rows)
    assert len(provider.asked) == len(rows) == 5  # in some 3.5 seconds, one after the other
    assert watch.seen == []
    watch.finish(row.index for row in rows)
    assert watch.progress() == SliceProgress(1, finished=5, answered=5)


def test_a_call_that_is_cut_off_is_tried_again_and_told_of_meanwhile(
    engine: Engine, provider: FakeOpenAI
) -> None:
    watch = Watched(1)
    with provider.holding(most=1):
        (row,) = engine.run(order(provider, 1, call_limit_seconds=0.5), ListSliceStore(), watch=watch)
    assert row.good
    assert len(provider.asked) == 2
    assert watch.seen == [(TriedAgain(EARLY, "openai", "fake-model", 1, CUT_OFF_EARLY),)]
    assert watch.progress().calls == NO_CALLS


def test_a_model_that_never_answers_in_time_fails_its_question_in_words(
    engine: Engine, provider: FakeOpenAI
) -> None:
    watch = Watched(1)
    with provider.holding():
        (row,) = engine.run(order(provider, 1, call_limit_seconds=0.5), ListSliceStore(), watch=watch)
    entries = row.exceptions["feeling"]
    assert entries[-1]["exception"]["message"] == "The model did not answer within 0.5 seconds."
    assert len(provider.asked) == tries_of(EARLY)
    assert watch.seen[-1] == ()  # it is not tried again
    assert watch.progress().calls == NO_CALLS


def test_a_refused_call_is_told_of_and_never_with_a_key(engine: Engine, provider: FakeOpenAI) -> None:
    provider.fault = lambda number: 429 if number == 1 else None
    provider.retry_after = 0.1
    watch = Watched(1)
    (row,) = engine.run(order(provider, 1), ListSliceStore(), watch=watch)
    assert row.good
    (reason,) = watch.seen[0]
    assert (reason.exception_type, reason.calls) == (Failure.RATE_LIMITED, 1)
    assert "429" in reason.message
    assert KEY not in str(watch.seen)
    assert watch.progress().calls == NO_CALLS


def test_a_service_that_says_nothing_has_edsls_own_limit() -> None:
    deadlines = Deadlines(600, 300, [Service("openai"), Service("slow", call_limit_seconds=500)])
    assert deadlines.call_seconds("openai", usual=60.0) == 60.0
    assert deadlines.call_seconds("test", usual=60.0) == 60.0
    assert deadlines.call_seconds("slow", usual=60.0) == 500


def test_edsls_own_limit_is_a_minute() -> None:
    assert seams.call_seconds(None, None) == 60.0


def test_it_is_known_how_often_edsl_asks_again() -> None:
    from edsl.runner.models import DEFAULT_RETRY_POLICIES  # noqa: PLC0415

    for kind in (*Failure, EARLY):
        policy = DEFAULT_RETRY_POLICIES[TYPES[kind]]
        expected = 1 if TYPES[kind] == "rate_limit" or not policy.retryable else policy.max_attempts
        assert tries_of(kind) == expected, kind


class UntilTwo(CallBoard):
    """Remembers which questions need no answer any more, and tells when these are two."""

    def __init__(self) -> None:
        super().__init__(3, range(1))
        self.told: list[int] = []
        self.two = threading.Event()

    def settled(self, indices: Iterable[int]) -> None:
        self.told += indices
        super().settled(self.told)
        if len(self.told) > 1:
            self.two.set()


def test_an_answer_that_is_no_valid_one_is_asked_for_again_and_does_not_count(
    engine: Engine, provider: FakeOpenAI
) -> None:
    watch, picked, before = UntilTwo(), count(), list[int]()

    def answer(prompt: str) -> str:
        if "Pick" not in prompt:
            return "Fine."
        if next(picked) == 0:
            return "Perhaps."
        watch.two.wait(PATIENCE)
        before.extend(watch.told)
        return "yes"

    provider.answer = answer
    job = paid_job(free("a", "How?"), choice("b", "Pick one.", ("yes", "no")), free("c", "Why?"))
    services = (Service("openai", provider.url, KEY),)
    (row,) = engine.run(order_of(job, 0, 1, services=services), ListSliceStore(), watch=watch)
    assert row.good
    assert len(provider.asked) == 4
    assert before == [0, 0]
