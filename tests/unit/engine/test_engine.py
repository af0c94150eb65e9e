"""Loading, counting, slicing and time limits, with real edsl in real processes."""

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from edsl import Model, QuestionMatrix, Scenario, Survey

from chalicelib.domain.errors import NotAnEdslJobError, SlowJobError
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.engine.engine import Engine
from chalicelib.engine.sandbox.fork_server import Child, ForkServer
from chalicelib.engine.sandbox.roles import Limits, Role
from tests.support.fake_openai import FakeOpenAI
from tests.support.shapes import SHAPES, choice, free, says
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import document, free_text_job, order, rows_of


def test_inspecting_tells_questions_and_models(engine: Engine) -> None:
    job = document(SHAPES["grid_of_two_each"].build())
    inspection = engine.inspect(job, services=[])
    assert inspection.questions == 2
    assert inspection.models == (ModelUse("test", "test"),)


def test_inspecting_needs_the_first_rows_only(engine: Engine) -> None:
    """The assignments may speak of others."""
    job = document(SHAPES["filtered_pairs"].build())
    first = {**job, "agents": job["agents"][:1], "scenarios": job["scenarios"][:1]}
    assert engine.inspect(first, services=[]) == engine.inspect(job, services=[])


def test_a_job_that_chose_no_model_has_the_clients_default(engine: Engine) -> None:
    job = {**free_text_job(), "models": []}
    inspection = engine.inspect(job, services=[Service("openai")])
    assert inspection.models == (ModelUse("openai", "gpt-4o"),)


def without(name: str) -> Any:
    job = free_text_job()
    del job[name]
    return job


def with_question(**fields: Any) -> Any:
    job = free_text_job()
    job["survey"]["questions"] = [fields]
    return job


BAD: dict[str, tuple[Any, str]] = {
    "null": (None, "A job is a JSON object; this is empty."),
    "list": ([], "A job is a JSON object; this is a list."),
    "text": ("job", "A job is a JSON object; this is a text."),
    "empty": ({}, "The job has no survey with a list of questions."),
    "no agents": (without("agents"), "The job has no list of agents."),
    "no models": (without("models"), "The job has no list of models."),
    "no questions": ({**free_text_job(), "survey": {"questions": []}}, "The job's survey has no questions."),
    "scenario": (
        {**free_text_job(), "scenarios": [{}, 3]},
        "Entry 2 of the job's scenarios is not an object.",
    ),
    "nameless model": ({**free_text_job(), "models": [{}]}, "A model of the job has no name."),
    "question type": (
        with_question(question_type="telepathy", question_name="a", question_text="b"),
        "The job's survey cannot be loaded: ",
    ),
    "question without a type": (with_question(question_name="a"), "The job's survey cannot be loaded: "),
    "question without a text": (
        with_question(question_type="free_text"),
        "The job's survey cannot be loaded: ",
    ),
    "question is a number": (
        {**free_text_job(), "survey": {"questions": [3]}},
        "A question of the job's survey",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_a_job_is_refused_in_one_sentence(engine: Engine, case: str) -> None:
    job, sentence = BAD[case]
    with pytest.raises(NotAnEdslJobError) as refusal:
        engine.inspect(job, services=[])
    detail = refusal.value.detail
    assert detail.startswith(sentence)
    assert len(detail) < 500
    assert "\n" not in detail
    assert "Traceback" not in detail


def test_what_surrounds_a_run_is_the_clients_own_work(engine: Engine) -> None:
    job = free_text_job()
    job["_depends_on"] = {"survey": "not even a job"}
    job["_post_run_methods"] = [["__class__", [], {}]]
    (row,) = engine.run(order(job), ListSliceStore())
    assert row.good


def test_scenarios_nobody_asks_about_are_kept(engine: Engine) -> None:
    """Old clients run such jobs; the newest refuses them itself."""
    job = {**free_text_job(), "scenarios": [{"unused": 1}]}
    assert engine.inspect(job, services=[]).questions == 1
    (row,) = engine.run(order(job), ListSliceStore())
    assert row.row["scenario"]["unused"] == 1
    assert row.good


def test_an_empty_slice_starts_nothing() -> None:
    engine = Engine()
    assert list(engine.run(order(free_text_job(), stop=0), ListSliceStore())) == []
    assert engine._fork_server is None


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"traits": 5}, "The job's agent number 4 cannot be loaded: "),
        (5, "Entry 4 of the job's agents is not an object."),
    ],
)
def test_a_row_that_does_not_load_is_numbered_in_the_whole_job(
    engine: Engine, broken: Any, sentence: str
) -> None:
    job = free_text_job()
    job["agents"] = [{"traits": {"age": age}} for age in range(5)]
    job["agents"][3] = broken
    with pytest.raises(NotAnEdslJobError) as refusal:
        list(engine.run(order(job, start=4, stop=10, iterations=2), ListSliceStore()))
    assert refusal.value.detail.startswith(sentence), refusal.value.detail
    assert len(list(engine.run(order(job, start=0, stop=6, iterations=2), ListSliceStore()))) == 6


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ agent._index.__class__ }}{{ cycler.__init__.__globals__.os.environ }}",
        "{% include '/etc/passwd' %}",
        "{{ 'x' * 10 ** 13 }}",
        5,
    ],
)
def test_a_hostile_expression_is_refused_by_the_child(engine: Engine, expression: Any) -> None:
    job = {**free_text_job(), "include_expression": expression}
    with pytest.raises(NotAnEdslJobError, match="include expression"):
        engine.select(job, first={"agents": 0, "scenarios": 0, "models": 0})


ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}true"


@pytest.mark.parametrize("clock", [5, 1])
def test_an_expression_that_does_not_end_is_stopped_twice(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, clock: int
) -> None:
    """By its processor time or by the clock, whichever is over first."""
    monkeypatch.setattr("chalicelib.engine.engine.LOADING_SECONDS", 1.0)
    monkeypatch.setattr("chalicelib.engine.engine.CLOCK", clock)
    forked: list[object] = []
    fork = ForkServer.fork

    def counted(self: ForkServer, role: Role, limits: Limits, services: Iterable[str]) -> Child:
        forked.append(role)
        return fork(self, role, limits, services)

    monkeypatch.setattr(ForkServer, "fork", counted)
    with pytest.raises(SlowJobError, match="Loading the job took longer than 1 seconds"):
        engine.select(
            {**free_text_job(), "include_expression": ENDLESS},
            first={"agents": 0, "scenarios": 0, "models": 0},
        )
    assert forked == [Role.JAIL, Role.JAIL]


def test_large_jobs_have_more_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.LOADING_SECONDS", 0.0)
    monkeypatch.setattr("chalicelib.engine.engine.AT_ONCE", 1)
    job = document(Survey([free(f"q{number}", "Hello?") for number in range(40)]).by(says()))
    assert engine.inspect(job, services=[]).questions == 40
    assert engine.walls is not None
    assert 40 <= engine.walls.limits["processor_seconds"] <= 60


def test_it_tells_which_walls_stand(engine: Engine) -> None:
    engine.inspect(free_text_job(), services=[])
    assert engine.walls is not None
    assert engine.walls.seccomp
    assert "address_space_bytes" in engine.walls.limits


def test_selecting_needs_no_offer_of_the_jobs_services(engine: Engine) -> None:
    job = free_text_job(model="gpt-4o", inference_service="openai")
    job["scenarios"] = [{"x": number} for number in range(4)]
    job["include_expression"] = "{{ model.model == 'gpt-4o' and scenario.x is odd }}"
    assert engine.select(job, first={"agents": 0, "scenarios": 10, "models": 1}) == [(0, 11, 1), (0, 13, 1)]


def test_selecting_numbers_what_does_not_load_in_the_whole_job(engine: Engine) -> None:
    job = {**free_text_job(), "agents": [{"traits": {}}, {"traits": 5}], "include_expression": "true"}
    with pytest.raises(NotAnEdslJobError, match=r"The job's agent number 12 cannot be loaded: ."):
        engine.select(job, first={"agents": 10, "scenarios": 0, "models": 0})


def test_selecting_agrees_with_edsl_for_the_whole_job(engine: Engine) -> None:
    job = document(SHAPES["filtered_pairs"].build())
    whole = engine.select(job, first={"agents": 0, "scenarios": 0, "models": 0})
    assert whole == [(row["agent"], row["scenario"], row["model"]) for row in job["assignments"]]
    apart = []
    for agent in range(len(job["agents"])):
        part = {**job, "agents": job["agents"][agent : agent + 1]}
        apart += engine.select(part, first={"agents": agent, "scenarios": 0, "models": 0})
    assert apart == whole


def test_rows_come_as_interviews_finish(engine: Engine) -> None:
    """One of two interviews is slow: the other's row does not wait for it."""
    job = free_text_job("{{ scenario.x }}", model="fake-model", inference_service="openai")
    job["scenarios"] = [{"x": "slow"}, {"x": "fast"}]
    with FakeOpenAI(answer=str) as provider:
        running = engine.run(
            order(job, stop=2, services=(Service("openai", provider.url, "k" * 20),)), ListSliceStore()
        )
        with provider.holding(lambda prompt: prompt == "slow"):
            assert next(running).index == 1
        assert next(running).row["answer"] == {"feeling": "slow"}
        assert next(running, None) is None


def test_calls_are_in_flight_together(engine: Engine) -> None:
    job = free_text_job("No. {{ scenario.x }}", model="fake-model", inference_service="openai")
    job["scenarios"] = [{"x": number} for number in range(25)]
    with FakeOpenAI(answer=all_together(25)) as provider:
        services = (Service("openai", provider.url, "k" * 20),)
        rows = list(engine.run(order(job, stop=25, services=services), ListSliceStore()))
    assert all(row.good for row in rows)
    assert len(provider.asked) == 25


def all_together(calls: int) -> Callable[[str], str]:
    """Answer nobody before so many are asking."""
    together = threading.Barrier(calls)

    def answer(prompt: str) -> str:
        together.wait(timeout=240)
        return prompt

    return answer


def test_three_hundred_and_twenty_calls_are_in_flight_at_once(engine: Engine) -> None:
    """No answer comes before all are asked: no pool, limit or waiting list stands in between."""
    calls = 320
    job = free_text_job("No. {{ scenario.x }}", model="fake-model", inference_service="openai")
    job["scenarios"] = [{"x": number} for number in range(calls)]
    with FakeOpenAI(answer=all_together(calls)) as provider:
        services = (Service("openai", provider.url, "k" * 20),)
        rows = list(
            engine.run(order(job, stop=calls, calls_in_flight=calls, services=services), ListSliceStore())
        )
    assert all(row.good for row in rows)
    assert len(provider.asked) == calls


def test_calls_in_flight_are_no_more_than_ordered(engine: Engine) -> None:
    job = free_text_job("No. {{ scenario.x }}", model="fake-model", inference_service="openai")
    job["scenarios"] = [{"x": number} for number in range(12)]
    lock, now, seen, together = threading.Lock(), 0, [], all_together(3)

    def answer(prompt: str) -> str:
        nonlocal now
        with lock:
            now += 1
            seen.append(now)
        together(prompt)
        with lock:
            now -= 1
        return prompt

    with FakeOpenAI(answer=answer) as provider:
        services = (Service("openai", provider.url, "k" * 20),)
        rows = list(engine.run(order(job, stop=12, calls_in_flight=3, services=services), ListSliceStore()))
    assert all(row.good for row in rows)
    assert max(seen) == 3


def test_time_is_up_for_one_interview(engine: Engine) -> None:
    survey = Survey([free("a", "Hello?"), free("b", "{{ a.answer }}?"), free("c", "And?")])
    job = document(survey.by([Model("test", fail_at_number=1, never_ending=True), says("Fine")]))
    rows = sorted(
        engine.run(order(job, stop=2, interview_seconds=4.0), ListSliceStore()), key=lambda row: row.index
    )
    assert rows[1].good
    assert rows[0].row["answer"] == {"a": None, "b": None, "c": None}
    assert set(rows[0].exceptions) == {"a", "c"}  # b was never asked: it hangs on a
    messages = {entry["exception"]["message"] for entries in rows[0].exceptions.values() for entry in entries}
    assert messages == {"The interview took longer than 4 seconds."}


def test_a_template_that_cannot_be_rendered_fails_its_question_only(engine: Engine) -> None:
    survey = Survey([free("a", "Half of {{ 1 / scenario.x }}"), free("b", "Apart?")])
    job = document(survey.by([Scenario({"x": 0}), Scenario({"x": 1})]).by(says()))
    rows = sorted(engine.run(order(job, stop=2), ListSliceStore()), key=lambda row: row.index)
    assert rows[1].good
    assert set(rows[0].exceptions) == {"a"}
    assert rows[0].exceptions["a"][0]["exception"]["type"] == "TemplateError"
    assert rows[0].row["answer"]["b"] == "Fine, thank you"


def test_a_row_that_cannot_be_made_is_lost_alone(engine: Engine) -> None:
    """Items that are templates are rendered once more for the row."""
    items = ["a", "{% if scenario.bad %}{{ none() }}{% endif %}b"]
    question = QuestionMatrix(
        question_name="rated", question_text="How good?", question_items=items, question_options=[1, 2]
    )
    job = document(Survey([question]).by(says('{"a": 1, "b": 2}')))
    job["scenarios"] = [{"bad": False}, {"bad": True}, {"bad": False}]
    rows = rows_of(engine, order(job, stop=3))
    lost = [json.dumps(row.exceptions).count("The interview's row cannot be made:") > 0 for row in rows]
    assert lost == [False, True, False]


@pytest.mark.parametrize("name", ["randomised_options", "randomised_rows", "random_number"])
def test_a_redelivered_slice_asks_the_same(engine: Engine, name: str) -> None:
    job = document(SHAPES[name].build())
    job["agents"] = [{"traits": {"age": age}} for age in range(4)]

    def asked(start: int, stop: int) -> dict[int, Any]:
        rows = engine.run(order(job, start=start, stop=stop), ListSliceStore())
        return {
            row.index: [row.row["prompt"], row.row["answer"], row.row["question_to_attributes"]]
            for row in rows
        }

    whole = asked(0, 4)
    assert asked(0, 4) == whole
    assert {**asked(0, 1), **asked(1, 4)} == whole
    assert len({json.dumps(value) for value in whole.values()}) > 1


def test_iterations_are_asked_about_their_own_answers(engine: Engine) -> None:
    """edsl's renderer would give the second iteration the first one's answer."""
    job = free_text_job()
    job = document(SHAPES["answer_piping"].build())
    job["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    said = iter("pqrstuvw")
    with FakeOpenAI(answer=lambda prompt: next(said) if prompt == "A colour?" else "because") as provider:
        services = (Service("openai", provider.url, "k" * 20),)
        rows = list(engine.run(order(job, stop=4, iterations=4, services=services), ListSliceStore()))
    assert len({row.row["answer"]["a"] for row in rows}) == 4
    for row in rows:
        assert f"Why {row.row['answer']['a']}?" in row.row["prompt"]["b_user_prompt"]["text"]


def test_a_bad_answer_is_asked_for_again_not_read_again(engine: Engine) -> None:
    job = document(choice("pick", "Which?", ("red", "blue")).by(says()))
    job["models"] = [{"model": "fake-model", "parameters": {}, "inference_service": "openai"}]
    said = iter(["zzz", "blue"])
    with FakeOpenAI(answer=lambda _: next(said)) as provider:
        (row,) = engine.run(
            order(job, services=(Service("openai", provider.url, "k" * 20),)), ListSliceStore()
        )
    assert len(provider.asked) == 2
    assert row.row["answer"] == {"pick": "blue"}
    assert row.good


def test_functional_questions_cost_null_where_the_price_is_null(engine: Engine) -> None:
    job = document(SHAPES["functional"].build())
    (row,) = engine.run(order(job), ListSliceStore())
    raw = row.row["raw_model_response"]
    assert raw["twice_input_price_per_million_tokens"] is None
    assert raw["twice_cost"] is None
    assert raw["note_cost"] > 0


def test_labels_of_options_reach_the_prompt(engine: Engine) -> None:
    job = document(SHAPES["matrix_with_labels"].build())
    assert set(job["survey"]["questions"][0]["option_labels"]) == {"1", "3"}
    (row,) = engine.run(order(job), ListSliceStore())
    assert "sad" in row.row["prompt"]["happy_user_prompt"]["text"]


def test_threads_share_an_engine(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        slices = list(
            pool.map(lambda _: list(engine.run(order(free_text_job()), ListSliceStore())), range(8))
        )
    assert [len(rows) for rows in slices] == [1] * 8
