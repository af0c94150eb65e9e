"""No answer that was paid for is asked for again, whatever ends an attempt (P3)."""

import itertools
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from edsl import Survey
from edsl.questions.question_registry import get_question_class

from chalicelib.domain.errors import EngineError
from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceOrder
from chalicelib.engine.engine import Engine
from tests.support.comparison import failures
from tests.support.fake_openai import FakeOpenAI
from tests.support.shapes import choice, free, says
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import document, free_text_job, functional_job, order, rows_of

CHAIN = 3


class Attempts:
    """Runs one slice again and again, each time with all that was kept before."""

    def __init__(self, engine: Engine, first: SliceOrder) -> None:
        self.engine = engine
        self.first = first
        self.kept: list[RecordedResponse] = []
        self.rows: dict[int, InterviewRow] = {}

    def keep(self, answers: Sequence[RecordedResponse]) -> None:
        self.kept += json.loads(json.dumps([_plain(answer) for answer in answers]), object_hook=_answer)

    def run(self) -> None:
        """Make one attempt at what has no row yet."""
        subset = self.first.subset
        missing = tuple(position for position in subset.positions if position.index not in self.rows)
        open_answers = tuple(answer for answer in self.kept if answer.index not in self.rows)
        again = replace(self.first, subset=replace(subset, positions=missing), answers=open_answers)
        for row in self.engine.run(again, ListSliceStore(at_answers=self.keep)):
            self.rows[row.index] = row


def _answer(value: Document) -> Any:
    return RecordedResponse(**value) if "key" in value and "response" in value else value


def _plain(answer: RecordedResponse) -> Document:
    return {**vars(answer), "consumed": None}


def paid_job(*questions: Any) -> Document:
    job = document(Survey(list(questions)).by(says()))
    job["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    return job


def chained_job(interviews: int = 1) -> Document:
    questions = [free("q0", "First {{ scenario.x }}?")]
    questions += [free(f"q{n}", f"After {{{{ q{n - 1}.answer }}}} {n}?") for n in range(1, CHAIN)]
    return {**paid_job(*questions), "scenarios": [{"x": number} for number in range(interviews)]}


def table(provider: FakeOpenAI) -> tuple[Service, ...]:
    return (Service("openai", provider.url, "k" * 20),)


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda prompt: f"<{prompt}>") as started:
        yield started


def test_questions_longer_than_a_function_take_several_attempts(engine: Engine, provider: FakeOpenAI) -> None:
    """Each takes more than half of the time there is: after it no other is started."""
    provider.delay = 2.7
    engine.inspect(free_text_job(), services=[])  # the first child waits until edsl is imported
    attempts = Attempts(engine, order(chained_job(), services=table(provider), seconds=5.0))
    for number in range(1, CHAIN + 1):
        assert not attempts.rows
        attempts.run()
        assert len(attempts.kept) == len(provider.asked) == number
    assert attempts.rows[0].good
    assert list(attempts.rows[0].row["answer"].values()) == [
        "<First 0?>",
        "<After <First 0?> 1?>",
        "<After <After <First 0?> 1?> 2?>",
    ]
    assert not any(attempts.rows[0].row["cache_used_dict"].values())


def test_nothing_is_started_that_would_not_end_in_time(engine: Engine, provider: FakeOpenAI) -> None:
    """One that takes long is the measure: so long before the end the quick ones are not started either."""
    interviews, slow = 40, itertools.count()

    def answer(prompt: str) -> str:
        time.sleep(3.0 if next(slow) == 0 else 0.2)
        return prompt

    provider.answer = answer
    job = {**paid_job(free("a", "No. {{ scenario.x }}")), "scenarios": [{"x": n} for n in range(interviews)]}
    first = order(job, interviews, services=table(provider), seconds=8.0, calls_in_flight=2)
    attempts = Attempts(engine, first)
    attempts.run()
    assert len(provider.asked) == len(attempts.rows) < interviews
    while len(attempts.rows) < interviews:
        before = len(attempts.rows)
        attempts.run()
        assert len(attempts.rows) > before
    assert max(Counter(request.prompt for request in provider.asked).values()) == 1


def test_what_is_in_flight_at_the_very_end_is_cut_off_and_left(engine: Engine, provider: FakeOpenAI) -> None:
    job = {**paid_job(free("a", "{{ scenario.x }}")), "scenarios": [{"x": "slow"}, {"x": "fast"}]}
    with provider.holding(lambda prompt: prompt == "slow"):
        (row,) = rows_of(engine, order(job, 2, services=table(provider), seconds=3.0))
    assert (row.index, row.good) == (1, True)


def test_a_killed_attempt_costs_no_more_than_what_was_in_flight(engine: Engine, provider: FakeOpenAI) -> None:
    provider.delay = 0.05
    interviews, calls = 40, 5
    job = chained_job(interviews)
    attempts = Attempts(engine, order(job, interviews, services=table(provider), calls_in_flight=calls))
    kills = 0
    while len(attempts.rows) < interviews:
        try:
            with killed_after(30, engine, provider):
                attempts.run()
        except EngineError:
            kills += 1
    asked = Counter(request.prompt for request in provider.asked)
    assert kills >= 1
    assert len(asked) == interviews * CHAIN
    assert asked.total() - len(asked) <= kills * calls
    assert all(row.good for row in attempts.rows.values())


def kill_children(engine: Engine) -> None:
    assert engine._fork_server is not None
    pid = engine._fork_server.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        for child in children.read().split():
            os.kill(int(child), signal.SIGKILL)


@contextmanager
def killed_after(calls: int, engine: Engine, provider: FakeOpenAI) -> Iterator[None]:
    """Kill the engine's children as soon as the provider was asked so often within the block."""
    enough, over = len(provider.asked) + calls, threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            if len(provider.asked) >= enough:
                kill_children(engine)
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def goes_the_same_way(attempts: Attempts, provider: FakeOpenAI, answer: Document) -> None:
    """Check what comes of an attempt that is given none, one and both of two responses kept before."""
    (whole,) = attempts.rows.values()
    for given in range(3):
        asked = len(provider.asked)
        again = Attempts(attempts.engine, replace(attempts.first, answers=tuple(attempts.kept[:given])))
        (row,) = again.engine.run(again.first, ListSliceStore(at_answers=again.keep))
        assert len(provider.asked) - asked == (1, 1, 0)[given]
        assert [kept.number for kept in again.kept] == ([0], [1], [])[given]
        assert row.row["answer"] == answer
    assert (row.row, row.exceptions) == (whole.row, whole.exceptions)


def test_an_invalid_answer_is_given_again_too(engine: Engine, provider: FakeOpenAI) -> None:
    said = iter(["zzz", "blue"])
    provider.answer = lambda _: next(said)
    first = order(paid_job(choice("pick", "Which?", ("red", "blue"))), services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    assert [answer.number for answer in attempts.kept] == [0, 1]
    assert len({answer.key for answer in attempts.kept}) == 1
    provider.answer = lambda _: "blue"
    goes_the_same_way(attempts, provider, {"pick": "blue"})


def test_responses_that_are_no_answers_are_given_again_too(engine: Engine, provider: FakeOpenAI) -> None:
    """Nothing is paid for twice, and an attempt that is given them goes the same way."""
    said = iter(["", "Fine."])
    provider.answer = lambda _: next(said)
    first = order(paid_job(free("a", "Hello?")), services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    assert [answer.problem and answer.problem[0] for answer in attempts.kept] == ["EmptyAnswerError", None]
    provider.answer = lambda _: "Fine."
    goes_the_same_way(attempts, provider, {"a": "Fine."})


def test_others_are_not_given_what_is_no_answer(engine: Engine, provider: FakeOpenAI) -> None:
    provider.answer = lambda _: "Fine."
    job = {**paid_job(free("a", "Same?")), "scenarios": [{"x": 1}, {"x": 2}]}
    problem = RecordedResponse(0, "0" * 64, 0, None, 1.0, ("EmptyAnswerError", "Empty."))
    rows_of(engine, order(job, 1, services=table(provider)))
    rows = rows_of(engine, order(job, 2, services=table(provider), answers=(problem,)))
    assert [row.row["answer"] for row in rows] == [{"a": "Fine."}] * 2


def test_a_provider_that_fails_has_given_no_answer(engine: Engine, provider: FakeOpenAI) -> None:
    """The number that its call would have had is the next one's: two attempts count alike."""
    provider.fault = lambda number: 500 if number == 1 else None
    first = order(paid_job(free("a", "Hello?")), services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    assert [answer.number for answer in attempts.kept] == [0]
    asked = len(provider.asked)
    assert asked == 2
    rows_of(engine, replace(first, answers=tuple(attempts.kept)))
    assert len(provider.asked) == asked


def test_an_interviews_own_answer_comes_before_anothers(engine: Engine, provider: FakeOpenAI) -> None:
    """Two interviews asked the same, each was paid for, and each row says what was paid."""
    job = {**paid_job(free("a", "Same?")), "scenarios": [{"x": 1}, {"x": 2}]}
    first = order(job, 2, services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    (answer,) = attempts.kept
    both = (replace(answer, index=0), replace(answer, index=1))
    for calls in (1, 2):
        again = rows_of(engine, replace(first, answers=both, calls_in_flight=calls))
        assert len(provider.asked) == 1
        assert [row.row["cache_used_dict"] for row in again] == [{"a": False}] * 2


def test_a_conversation_is_given_again_call_by_call(engine: Engine, provider: FakeOpenAI) -> None:
    """A question of type ``interview`` makes many calls, with copies of its model."""
    question = get_question_class("interview")(
        question_name="talk", question_text="Why?", interview_guide="Ask on.", max_turns=3
    )
    first = order({**paid_job(question), "agents": [{"traits": {"age": 41}}]}, services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    assert len(provider.asked) == len(attempts.kept) == 2 * 3
    (row,) = rows_of(engine, replace(first, answers=tuple(attempts.kept[:4])))
    assert len(provider.asked) == 2 * 3 + 2
    assert row.row["answer"] == attempts.rows[0].row["answer"]
    assert row.good


def test_the_test_models_answers_are_not_kept(engine: Engine) -> None:
    store = ListSliceStore()
    (row,) = engine.run(order(free_text_job()), store)
    assert row.good
    assert store.answers == []


def test_the_time_of_an_interview_goes_on_in_the_next_attempt(engine: Engine, provider: FakeOpenAI) -> None:
    first = order(chained_job(), services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    took_long = tuple(replace(answer, seconds=40.0) for answer in attempts.kept[: CHAIN - 1])
    with provider.holding():
        (row,) = rows_of(engine, replace(first, answers=took_long, interview_seconds=81.0))
    assert failures(row.exceptions) == {
        f"q{CHAIN - 1}": [("InterviewTimeoutError", "The interview took longer than 81 seconds.")]
    }
    assert row.row["answer"]["q1"] == "<After <First 0?> 1?>"


def test_questions_asked_side_by_side_count_once_in_the_next_attempt(
    engine: Engine, provider: FakeOpenAI
) -> None:
    job = paid_job(*[free(f"q{number}", f"No. {number}?") for number in range(8)])
    first = order(job, services=table(provider))
    attempts = Attempts(engine, first)
    attempts.run()
    took_long = tuple(replace(answer, seconds=40.0) for answer in attempts.kept[:7])
    (row,) = rows_of(engine, replace(first, answers=took_long, interview_seconds=60.0))
    assert row.good, row.exceptions
    assert len(provider.asked) == 8 + 1


def test_slow_keeping_holds_up_nothing(engine: Engine, provider: FakeOpenAI) -> None:
    job = {**paid_job(free("a", "No. {{ scenario.x }}")), "scenarios": [{"x": n} for n in range(200)]}
    batches: list[int] = []

    def keep(answers: Sequence[RecordedResponse]) -> None:
        until = time.monotonic() + 120
        while len(provider.asked) < 200:  # all are asked while the first are being kept
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.1)  # those that come meanwhile are kept together
        batches.append(len(answers))

    store = ListSliceStore(at_answers=keep)
    rows = list(engine.run(order(job, 200, services=table(provider), calls_in_flight=200), store))
    assert len(rows) == sum(batches) == 200
    assert max(batches) <= 25
    assert len(batches) < 200 / 2


def test_a_failure_to_keep_ends_the_run_and_the_child(engine: Engine, provider: FakeOpenAI) -> None:
    class FullError(BaseException):
        """Even what is no Exception."""

    def keep(_: Sequence[RecordedResponse]) -> None:
        raise FullError

    before = own_threads()
    running = order(chained_job(), services=table(provider))
    with provider.holding(after=1), pytest.raises(FullError):
        list(engine.run(running, ListSliceStore(at_answers=keep)))
    assert own_threads() == before


def own_threads() -> set[str]:
    """Return the names of the threads there are, but for the provider's own."""
    return {thread.name for thread in threading.enumerate() if "process_request" not in thread.name}


def test_many_endless_functions_each_become_a_failure(engine: Engine) -> None:
    job = functional_job("def work(scenario, agent_traits):\n    while True:\n        pass\n")
    job["scenarios"] = [{"x": number} for number in range(6)]
    attempts = Attempts(engine, order(job, 6, seconds=4.0))
    runs = 0
    while len(attempts.rows) < 6:
        before = len(attempts.rows)
        attempts.run()
        runs += 1
        assert len(attempts.rows) > before
    assert runs <= 3
    sentence = "The question took longer than 1 seconds to answer itself."
    assert {str(failures(row.exceptions)) for row in attempts.rows.values()} == {
        str({"feeling": [("InterviewTimeoutError", sentence)]})
    }


def test_with_little_time_interviews_are_left_not_lost(engine: Engine) -> None:
    """edsl's test model takes a tenth of a second: so short a slice cannot do them all."""
    job = {**free_text_job("No. {{ scenario.x }}"), "scenarios": [{"x": number} for number in range(60)]}
    attempts = Attempts(engine, order(job, 60, seconds=2.0, calls_in_flight=2))
    runs = 0
    while len(attempts.rows) < 60 and runs < 60:
        attempts.run()
        runs += 1
    assert 1 < runs < 60
    assert all(row.good for row in attempts.rows.values())
