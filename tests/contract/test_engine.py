"""What services may expect of an engine, asked of the real one and of the fake that stands in for it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError, NotAnEdslJobError, NoWallsError, UnknownServiceError
from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.call_board import CallBoard
from chalicelib.domain.runs.engine_port import RecordedResponse, SliceOrder, SurveyEngine
from chalicelib.domain.runs.slice_progress import SliceProgress
from chalicelib.domain.runs.walls import NO_WALLS
from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI
from tests.support.fakes.engine import FakeEngine
from tests.support.jobs import job
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.sandbox.forked import forked
from tests.unit.engine.sandbox.unwalled import lose_seccomp


@dataclass
class Paid:
    """An engine whose interviews cost something, and how to see what it asked."""

    engine: SurveyEngine
    services: tuple[Service, ...]
    asked: Callable[[], int]
    slow_down: Callable[[], None]
    """Have interview 1 take longer than it may."""
    store: ListSliceStore = field(default_factory=ListSliceStore)

    @property
    def kept(self) -> list[RecordedResponse]:
        return self.store.answers

    def order(self, start: int = 0, stop: int = 4, **changes: Any) -> SliceOrder:
        made = job(agents=2, scenarios=2, questions=("a", "b"))
        made["survey"]["questions"][1]["question_text"] = "And you, {{ scenario.topic }} {{ agent.number }}?"
        made["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
        made["agents"] = [{"traits": {"number": number}} for number in range(2)]
        made["survey"]["questions"][0]["question_text"] = "{{ scenario.topic }} {{ agent.number }}?"
        return order_of(made, start, stop, services=self.services, **changes)

    def run(self, order: SliceOrder) -> list[InterviewRow]:
        return sorted(self.engine.run(order, self.store), key=lambda row: row.index)


@pytest.fixture(scope="module")
def real() -> Iterator[Engine]:
    with Engine() as started:
        yield started


@pytest.fixture(params=["real", "fake"])
def engine(request: pytest.FixtureRequest) -> SurveyEngine:
    return FakeEngine() if request.param == "fake" else request.getfixturevalue("real")


@pytest.fixture
def paid(engine: SurveyEngine) -> Iterator[Paid]:
    if isinstance(engine, FakeEngine):
        yield Paid(engine, (), lambda: len(engine.asked), lambda: engine.slow.add(1))
        return
    with FakeOpenAI(answer=lambda _: "Hello") as provider, ExitStack() as until_the_end:

        def slow_down() -> None:
            until_the_end.enter_context(provider.holding(lambda prompt: prompt == "topic 1 0?"))

        services = (Service("openai", provider.url, "k" * 20),)
        yield Paid(engine, services, lambda: len(provider.asked), slow_down)


def test_it_inspects_without_running(engine: SurveyEngine) -> None:
    found = engine.inspect(job(agents=3, scenarios=4, questions=("a", "b")), services=())
    assert found.questions == 2
    assert [(use.service, use.model) for use in found.models] == [("test", "test")]


def test_it_refuses_what_it_cannot_load(engine: SurveyEngine) -> None:
    broken = job()
    del broken["survey"]["questions"][0]["question_name"]
    with pytest.raises(NotAnEdslJobError) as refused:
        engine.inspect(broken, services=())
    assert refused.value.detail
    assert "Traceback" not in refused.value.detail


def test_it_refuses_services_the_operator_has_not(engine: SurveyEngine) -> None:
    asking = job()
    asking["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    with pytest.raises(UnknownServiceError, match="openai"):
        engine.inspect(asking, services=[Service("groq")])
    assert engine.inspect(asking, services=[Service("openai", "http://127.0.0.1:9/v1")]).questions == 1


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("{{ agent._index == scenario._index }}", [(5, 5, 0), (6, 6, 0)]),
        ("{{ scenario.topic == 'topic 1' and agent.traits.number > 0 }}", [(6, 5, 0), (7, 5, 0)]),
        ("{{ agent._index in (0, 1) }}", []),
        ("true", [(agent, scenario, 0) for agent in (5, 6, 7) for scenario in (4, 5, 6)]),
    ],
)
def test_it_selects_in_the_whole_jobs_numbers(
    engine: SurveyEngine, expression: str, kept: list[tuple[int, int, int]]
) -> None:
    part = {**job(agents=3, scenarios=3), "include_expression": expression}
    assert engine.select(part, first={"agents": 5, "scenarios": 4, "models": 0}) == kept


@pytest.mark.parametrize("expression", ["{{ agent._index ==", "{{ 1 / 0 }}", "{{ agent._index + 'a' }}"])
def test_an_expression_that_cannot_be_evaluated_is_refused_in_words(
    engine: SurveyEngine, expression: str
) -> None:
    part = {**job(), "include_expression": expression}
    with pytest.raises(NotAnEdslJobError, match=r"The job's include expression cannot be evaluated: ."):
        engine.select(part, first={"agents": 0, "scenarios": 0, "models": 0})


def test_an_expression_sees_defaults_where_a_list_is_empty(engine: SurveyEngine) -> None:
    part: Document = {**job(), "agents": [], "include_expression": "{{ agent._index == 0 }}"}
    assert engine.select(part, first={"agents": 0, "scenarios": 7, "models": 0}) == [(0, 7, 0)]


def test_every_interview_of_a_slice_comes_once(engine: SurveyEngine) -> None:
    order = order_of(job(agents=3, scenarios=2), 3, 9, iterations=2)
    rows = sorted(engine.run(order, ListSliceStore()), key=lambda row: row.index)
    assert [row.index for row in rows] == list(range(3, 9))
    assert all(row.good for row in rows)
    places = [(*row.row["indices"].values(), row.row["iteration"]) for row in rows]
    assert places == [(0, 1, 0, 1), (1, 0, 0, 0), (1, 0, 0, 1), (1, 1, 0, 0), (1, 1, 0, 1), (2, 0, 0, 0)]
    assert [row.row["agent"]["traits"]["number"] for row in rows] == [0, 1, 1, 1, 1, 2]


def test_interviews_need_not_stand_side_by_side(engine: SurveyEngine) -> None:
    whole = order_of(job(agents=4), 0, 4)
    positions = tuple(whole.subset.positions[index] for index in (1, 3))
    order = replace(whole, subset=replace(whole.subset, positions=positions))
    assert sorted(row.index for row in engine.run(order, ListSliceStore())) == [1, 3]


def test_a_failed_answer_is_told_apart(engine: SurveyEngine) -> None:
    (row,) = engine.run(order_of(job(throw_exception=True), 0, 1), ListSliceStore())
    assert not row.good
    assert row.row["answer"] == {"q0": None}
    assert row.exceptions["q0"][0]["exception"]["message"]


def test_a_row_that_does_not_load_is_named(engine: SurveyEngine) -> None:
    spoilt = job(agents=4)
    spoilt["agents"][2]["traits"] = 5
    with pytest.raises(NotAnEdslJobError, match=r"The job's agent number 3 cannot be loaded: ."):
        list(engine.run(order_of(spoilt, 1, 4), ListSliceStore()))
    assert len(list(engine.run(order_of(spoilt, 3, 4), ListSliceStore()))) == 1


def test_each_answer_is_kept_before_its_row_comes(paid: Paid) -> None:
    for row in paid.engine.run(paid.order(), paid.store):
        assert len([answer for answer in paid.kept if answer.index == row.index]) == 2
    assert paid.asked() == 8
    assert len({(answer.index, answer.key, answer.number) for answer in paid.kept}) == 8
    assert all(isinstance(answer.response, dict) for answer in paid.kept)


def test_what_is_given_again_is_not_asked_again(paid: Paid) -> None:
    first = paid.run(paid.order())
    kept = list(paid.kept)
    again = paid.run(paid.order(answers=tuple(kept)))
    assert paid.asked() == 8
    assert paid.kept == kept
    assert [(row.row["answer"], row.row["cache_used_dict"]) for row in again] == [
        (row.row["answer"], row.row["cache_used_dict"]) for row in first
    ]
    assert [row.row["raw_model_response"] for row in again] == [
        row.row["raw_model_response"] for row in first
    ]


def test_only_what_is_missing_is_asked(paid: Paid) -> None:
    paid.run(paid.order())
    some = tuple(answer for answer in paid.kept if answer.index in (1, 2))[:3]
    rows = paid.run(paid.order(answers=some))
    assert [row.index for row in rows] == [0, 1, 2, 3]
    assert paid.asked() == 8 + 5


def test_it_tells_which_walls_stand(engine: SurveyEngine) -> None:
    assert type(engine)().walls is None
    engine.inspect(job(), services=())
    assert engine.walls is not None
    assert engine.walls.seccomp
    list(engine.run(order_of(job(), 0, 1), ListSliceStore()))
    assert engine.walls.seccomp


def unwalled(kind: type[Engine | FakeEngine], *, without_walls: bool) -> Engine | FakeEngine:
    """Return an engine on a machine that has no walls, as this process finds it from now on."""
    if issubclass(kind, Engine):
        lose_seccomp()
        return kind(without_walls=without_walls)
    fake = kind()
    fake.standing, fake.without_walls = NO_WALLS, without_walls
    return fake


@pytest.mark.parametrize("kind", [Engine, FakeEngine])
def test_where_there_are_no_walls_it_runs_nothing(kind: type[Engine | FakeEngine]) -> None:
    def refusals() -> list[str]:
        engine, said = unwalled(kind, without_walls=False), list[str]()
        part: Document = {**job(), "include_expression": "true"}
        for ask in (
            lambda: engine.inspect(job(), services=()),
            lambda: engine.select(part, first={"agents": 0, "scenarios": 0, "models": 0}),
            lambda: list(engine.run(order_of(job(), 0, 1), ListSliceStore())),
        ):
            with pytest.raises(NoWallsError) as refused:
                ask()
            said.append(refused.value.detail)
        assert engine.walls == NO_WALLS
        return said

    ending = forked(refusals)
    assert not ending.error
    assert len(ending.value) == 3
    assert all(ending.value)


@pytest.mark.parametrize("kind", [Engine, FakeEngine])
def test_it_does_without_walls_if_it_is_told_to(kind: type[Engine | FakeEngine]) -> None:
    def answers() -> list[Any]:
        engine = unwalled(kind, without_walls=True)
        rows = list(engine.run(order_of(job(), 0, 1), ListSliceStore()))
        return [row.good for row in rows] + [engine.walls == NO_WALLS]

    ending = forked(answers)
    assert not ending.error
    assert ending.value == [True, True]


def cached(row: InterviewRow) -> list[bool]:
    return list(row.row["cache_used_dict"].values())


def test_what_the_cache_has_is_not_asked(paid: Paid) -> None:
    first = paid.run(paid.order(fills_cache=True))
    assert [len(row.retrieved) for row in first] == [0, 0, 0, 0]
    assert sorted(new.index for new in paid.store.added) == [0, 0, 1, 1, 2, 2, 3, 3]
    keys = {new.entry.key for new in paid.store.added}
    assert keys == {key for row in first for key in row.row["cache_keys"].values()}
    assert all(new.entry.validated and new.entry.service for new in paid.store.added)
    again = paid.run(paid.order(reads_cache=True, fills_cache=True))
    assert paid.asked() == 8
    assert len(paid.kept) == len(paid.store.added) == 8
    assert [cached(row) for row in again] == [[True, True]] * 4
    assert {key for row in again for key in row.retrieved} == keys
    assert [row.row["answer"] for row in again] == [row.row["answer"] for row in first]


def test_the_cache_is_asked_for_many_at_once(paid: Paid) -> None:
    paid.run(paid.order(reads_cache=True))
    assert len(paid.store.finds) == 1
    assert len(set(paid.store.finds[0])) == 8
    assert paid.asked() == 8
    assert paid.store.added == []


def test_only_what_the_cache_has_not_is_asked(paid: Paid) -> None:
    paid.run(paid.order(stop=2, fills_cache=True))
    paid.store.added.clear()
    rows = paid.run(paid.order(reads_cache=True, fills_cache=True))
    assert [cached(row) for row in rows] == [[True, True]] * 2 + [[False, False]] * 2
    assert paid.asked() == 8
    assert {new.index for new in paid.store.added} == {2, 3}


def test_a_cache_that_is_not_to_be_read_is_not_asked(paid: Paid) -> None:
    paid.run(paid.order(fills_cache=True))
    paid.run(paid.order(fills_cache=True))
    assert paid.asked() == 16
    assert paid.store.finds == []
    assert len(paid.store.added) == 16


def test_an_answer_given_again_is_for_the_cache_but_not_from_it(paid: Paid) -> None:
    paid.run(paid.order())
    assert paid.store.added == []
    order = paid.order(answers=tuple(paid.kept), reads_cache=True, fills_cache=True)
    rows = paid.run(order)
    assert [cached(row) for row in rows] == [[False, False]] * 4
    assert len(paid.store.added) == 8
    assert paid.asked() == 8


def test_what_there_is_no_time_for_is_left_out(paid: Paid) -> None:
    paid.slow_down()
    assert [row.index for row in paid.run(paid.order(seconds=4.0))] == [0, 2, 3]


def test_a_run_that_is_drained_at_once_asks_little(paid: Paid) -> None:
    rows = list(paid.engine.run(paid.order(), paid.store, draining=lambda: True))
    assert all(row.cut_off for row in rows)
    assert len(paid.kept) == paid.asked() < 8


def test_a_run_ends_with_what_keeping_raises(paid: Paid) -> None:
    class FullError(Exception):
        """Whoever keeps answers cannot."""

    def keep(_: Sequence[RecordedResponse]) -> None:
        raise FullError

    running = paid.engine.run(paid.order(), ListSliceStore(at_answers=keep))
    with pytest.raises(FullError):
        list(running)


def test_a_run_that_is_closed_asks_no_more(paid: Paid) -> None:
    running = paid.engine.run(paid.order(calls_in_flight=1), paid.store)
    next(running)
    running.close()  # type: ignore[attr-defined]
    asked = paid.asked()
    assert asked < 8
    assert len(paid.kept) >= asked - 1


def test_the_fake_asks_alike_prompts_once() -> None:
    engine, store = FakeEngine(), ListSliceStore()
    engine.alike = 2
    rows = list(engine.run(order_of(job(agents=4), 0, 4, fills_cache=True), store))
    assert len(engine.asked) == len(store.added) == 2
    assert [sum(cached(row)) for row in rows] == [0, 1, 0, 1]
    assert not any(row.retrieved for row in rows)


def test_the_fake_does_as_it_is_told() -> None:
    """What schedules of crashes build upon."""
    engine, kept, moments = FakeEngine(), list[Sequence[RecordedResponse]](), list[int]()
    engine.between = lambda: moments.append(len(engine.asked))
    engine.batch = 2
    engine.dies_before = {1}
    order = order_of(job(agents=3, questions=("a", "b", "c")), 0, 3)
    running = engine.run(order, ListSliceStore(at_answers=kept.append))
    assert next(running).index == 2
    with pytest.raises(EngineError):
        next(running)
    assert [len(answers) for answers in kept] == [2, 1]
    assert engine.asked == [(2, "a"), (2, "b"), (2, "c")]
    assert moments == [0, 3]
    answers = tuple(answer for together in kept for answer in together)
    assert len(list(engine.run(replace(order, answers=answers), ListSliceStore()))) == 3
    assert len(engine.asked) == 9


def test_what_becomes_of_calls_is_told_as_they_come(paid: Paid) -> None:
    board = CallBoard(2, range(4))
    told = []
    for row in paid.engine.run(paid.order(), paid.store, watch=board):
        told.append(board.progress().answered)
        board.finish([row.index])
    assert told == sorted(told)
    assert told[-1] >= 6
    assert board.progress() == SliceProgress(questions=2, finished=4, answered=8)


def test_answers_given_again_count_and_are_no_calls(paid: Paid) -> None:
    paid.run(paid.order())
    board = CallBoard(2, range(4))
    rows = list(paid.engine.run(paid.order(answers=tuple(paid.kept)), paid.store, watch=board))
    board.finish(row.index for row in rows)
    assert board.progress() == SliceProgress(questions=2, finished=4, answered=8)
