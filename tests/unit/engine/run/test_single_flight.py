"""Identical prompts of a slice are one model call, and nobody waits for good for whoever makes it."""

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from chalicelib.engine.run.answer_sources import FAILURES
from tests.support.comparison import failures
from tests.support.fake_openai import FakeOpenAI
from tests.support.shapes import choice, free
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import order
from tests.unit.engine.run.test_cache import used
from tests.unit.engine.run.test_journal import paid_job, table

ALIKE = 50
CALLS = [1, 2, 7, ALIKE]


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda _: "blue", delay=0.02) as started:
        yield started


def alike(count: int = ALIKE) -> Document:
    """Return a job in which all interviews ask the same."""
    job = paid_job(choice("pick", "Which?", ("red", "blue")))
    return {**job, "scenarios": [{"x": number} for number in range(count)]}


def run(
    engine: Engine, job: Document, count: int, provider: FakeOpenAI, **changes: object
) -> list[InterviewRow]:
    asked = order(job, count, **{"services": table(provider), **changes})
    return sorted(engine.run(asked, ListSliceStore()), key=lambda row: row.index)


@pytest.mark.parametrize("cache", [{}, {"reads_cache": True}, {"fills_cache": True}])
@pytest.mark.parametrize("calls", CALLS)
def test_all_are_one_call(engine: Engine, provider: FakeOpenAI, calls: int, cache: dict[str, bool]) -> None:
    rows = run(engine, alike(), ALIKE, provider, calls_in_flight=calls, **cache)
    assert len(provider.asked) == 1
    assert sorted(used(row) for row in rows) == [[False]] + [[True]] * (ALIKE - 1)
    assert {row.row["answer"]["pick"] for row in rows} == {"blue"}
    assert all(row.good and row.retrieved == () for row in rows)


@pytest.mark.parametrize("calls", CALLS)
def test_an_invalid_answer_is_nobodys_and_the_next_one_asks(
    engine: Engine, provider: FakeOpenAI, calls: int
) -> None:
    said = itertools.chain(["zzz", "zzz"], itertools.repeat("blue"))
    provider.answer = lambda _: next(said)
    rows = run(engine, alike(), ALIKE, provider, calls_in_flight=calls)
    assert len(provider.asked) == 3
    # edsl asks twice: if the same interview was the one to ask both times, it has failed.
    assert sum(row.good for row in rows) >= ALIKE - 1
    assert all(row.row["answer"]["pick"] == "blue" for row in rows if row.good)


@pytest.mark.parametrize("calls", CALLS)
def test_answers_that_are_never_valid_are_not_waited_for_one_by_one(
    engine: Engine, provider: FakeOpenAI, calls: int
) -> None:
    provider.answer = lambda _: "zzz"
    rows = run(engine, alike(20), 20, provider, calls_in_flight=calls)
    assert len(provider.asked) == 20 * 2  # as often as without waiting
    assert not any(row.good for row in rows)


@pytest.mark.parametrize("calls", CALLS)
def test_a_model_that_fails_leaves_it_to_the_next(engine: Engine, provider: FakeOpenAI, calls: int) -> None:
    provider.fault = lambda number: 500 if number < FAILURES else None
    rows = run(engine, alike(), ALIKE, provider, calls_in_flight=calls)
    assert len(provider.asked) == FAILURES
    assert all(row.good for row in rows)


@pytest.mark.parametrize("calls", [1, 2, 10])
def test_a_call_that_hangs_holds_the_others_up_once(engine: Engine, provider: FakeOpenAI, calls: int) -> None:
    """It fails its own interview only: the wait for it is not the others' slowness."""
    with provider.holding(most=1):
        rows = run(engine, alike(10), 10, provider, calls_in_flight=calls, interview_seconds=4.0)
    assert sum(row.good for row in rows) == 9
    (bad,) = [row for row in rows if not row.good]
    assert failures(bad.exceptions)["pick"][0][0] == "InterviewTimeoutError"


def test_waiting_is_not_an_interviews_own_slowness(engine: Engine, provider: FakeOpenAI) -> None:
    """Each asks something of its own besides, which takes most of the time that it has."""
    provider.delay = 3.0
    job = paid_job(free("a", "Same?"), free("b", "{{ a.answer }}, {{ scenario.x }}?"))
    job["scenarios"] = [{"x": number} for number in range(5)]
    rows = run(engine, job, 5, provider, interview_seconds=5.5)
    assert [row.good for row in rows].count(True) == 4  # all but the one that asked both
    assert len(provider.asked) == 6


def test_another_iteration_is_another_prompt(engine: Engine, provider: FakeOpenAI) -> None:
    rows = run(engine, alike(4), 12, provider, iterations=3)
    assert len(provider.asked) == 3
    assert sum(used(row) == [False] for row in rows) == 3


def test_whoever_waits_at_the_end_is_left_or_answered(engine: Engine, provider: FakeOpenAI) -> None:
    """The call ends in time, its waiters with it; then there is no time for another."""
    provider.delay = 2.7
    job = paid_job(free("a", "Same?"), free("b", "{{ a.answer }}?"))
    job["scenarios"] = [{"x": number} for number in range(6)]
    for calls in (1, 3, 6):
        provider.requests.clear()
        asked = order(job, 6, services=table(provider), seconds=5.0, calls_in_flight=calls)
        store = ListSliceStore()
        assert list(engine.run(asked, store)) == []
        assert len(provider.asked) == len(store.answers) == 1


def test_a_slice_that_ends_while_all_wait(engine: Engine, provider: FakeOpenAI) -> None:
    asked = order(alike(10), 10, services=table(provider), seconds=1.0)
    with provider.holding():
        assert list(engine.run(asked, ListSliceStore())) == []
    assert len(provider.asked) <= 1


def stopping_with_the_call_in_flight(provider: FakeOpenAI, let_go: threading.Event) -> Callable[[], bool]:
    """Say stop as soon as there is a call, whose answer comes a moment after that."""

    def stopped() -> bool:
        if not provider.asked:
            return False
        threading.Timer(0.5, let_go.set).start()
        return True

    return stopped


def test_a_stop_while_all_wait(engine: Engine, provider: FakeOpenAI) -> None:
    asked = order(alike(10), 10, services=table(provider), calls_in_flight=4)
    with provider.holding() as let_go:
        rows = list(engine.run(asked, ListSliceStore(), stopping_with_the_call_in_flight(provider, let_go)))
    assert len(provider.asked) == 1
    assert sum(row.good and not row.cut_off for row in rows) >= 4


def test_the_same_question_twice_in_one_interview(engine: Engine, provider: FakeOpenAI) -> None:
    job = paid_job(free("a", "Same?"), free("b", "Same?"), free("c", "Other?"))
    (row,) = run(engine, job, 1, provider, calls_in_flight=3)
    assert row.good
    assert len(provider.asked) == 2
    assert sorted(used(row)) == [False, False, True]


def test_many_kinds_of_trouble_at_once(engine: Engine, provider: FakeOpenAI) -> None:
    """Each group of ten fails in its own way, and all come to an end with few workers."""
    counts: dict[str, itertools.count[int]] = {kind: itertools.count() for kind in "abcde"}

    def answer(prompt: str) -> str:
        kind = next(kind for kind in counts if f"Kind {kind}" in prompt)
        number = next(counts[kind])
        if kind == "b" and number < 2:
            return "zzz"
        if kind == "c":
            return "zzz"
        return "blue"

    provider.answer = answer
    job = paid_job(choice("pick", "Kind {{ scenario.kind }}?", ("red", "blue")))
    job["scenarios"] = [{"kind": kind, "x": number} for number in range(10) for kind in counts]
    with provider.holding(lambda prompt: "Kind d" in prompt, most=1):
        rows = run(engine, job, 50, provider, calls_in_flight=3, interview_seconds=5.0)
    assert len(rows) == 50
    good = [sum(row.good for row in rows if row.index % 5 == place) for place in range(5)]
    assert good[0] == good[4] == 10
    assert good[1] >= 9
    assert good[2:4] == [0, 9]
    assert next(counts["a"]) == next(counts["e"]) == 1


def test_what_another_interview_was_answered_in_an_earlier_attempt_is_not_asked_again(
    engine: Engine, provider: FakeOpenAI
) -> None:
    """That other one may be recorded by now, so that only those who waited for it are left."""
    job, store = alike(4), ListSliceStore()
    list(engine.run(order(job, 2, services=table(provider)), store))
    assert len(provider.asked) == len(store.answers) == 1
    rest = order(job, 4, start=2, services=table(provider), answers=tuple(store.answers))
    rows = list(engine.run(rest, store))
    assert len(provider.asked) == 1
    assert [used(row) for row in rows] == [[True], [True]]
    assert all(row.good and not row.retrieved for row in rows)


def test_an_answer_that_was_not_valid_is_nobodys_in_a_later_attempt_either(
    engine: Engine, provider: FakeOpenAI
) -> None:
    provider.answer = lambda _: "zzz"
    job, store = alike(4), ListSliceStore()
    list(engine.run(order(job, 1, services=table(provider)), store))
    assert len(provider.asked) == 2
    provider.answer = lambda _: "blue"
    rest = order(job, 4, start=1, services=table(provider), answers=tuple(store.answers))
    rows = list(engine.run(rest, store))
    assert len(provider.asked) == 3
    assert sorted(used(row) for row in rows) == [[False], [True], [True]]
    assert all(row.good for row in rows)
