"""What services may expect of an engine, asked of the real one and of the fake that stands in for it."""

from collections.abc import Iterator

import pytest

from chalicelib.domain.errors import NotAnEdslJobError, UnknownServiceError
from chalicelib.domain.interview import Service, SliceOrder
from chalicelib.services.parts import SurveyEngine
from chalicelib.survey.engine import Engine
from tests.fakes.engine import FakeEngine
from tests.jobs import job


@pytest.fixture(scope="module", params=["real", "fake"])
def engine(request: pytest.FixtureRequest) -> Iterator[SurveyEngine]:
    if request.param == "fake":
        yield FakeEngine()
        return
    with Engine() as real:
        yield real


def test_it_counts_without_running(engine: SurveyEngine) -> None:
    found = engine.inspect(job(agents=3, scenarios=4, questions=("a", "b")), services=())
    assert (found.combinations, found.questions) == (12, 2)
    assert [(use.service, use.model) for use in found.models] == [("test", "test")]
    assigned = {**job(agents=3), "assignments": [{"agent": 2, "scenario": 0, "model": 0}]}
    assert engine.inspect({**assigned, "assignment_mode": "explicit"}, services=()).combinations == 1


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
    assert engine.inspect(asking, services=[Service("openai", "http://127.0.0.1:9/v1")]).combinations == 1


def test_every_interview_of_a_slice_comes_once(engine: SurveyEngine) -> None:
    order = SliceOrder(
        job=job(agents=3, scenarios=2), start=3, stop=9, iterations=2, lift_test_model_limit=True
    )
    rows = sorted(engine.run(order), key=lambda row: row.index)
    assert [row.index for row in rows] == list(range(3, 9))
    assert all(row.good for row in rows)
    places = [(*row.row["indices"].values(), row.row["iteration"]) for row in rows]
    assert places == [(0, 1, 0, 1), (1, 0, 0, 0), (1, 0, 0, 1), (1, 1, 0, 0), (1, 1, 0, 1), (2, 0, 0, 0)]
    assert [row.row["agent"]["traits"]["number"] for row in rows] == [0, 1, 1, 1, 1, 2]


def test_a_failed_answer_is_told_apart(engine: SurveyEngine) -> None:
    order = SliceOrder(job=job(throw_exception=True), start=0, stop=1, lift_test_model_limit=True)
    (row,) = engine.run(order)
    assert not row.good
    assert row.row["answer"] == {"q0": None}
    assert row.exceptions["q0"][0]["exception"]["message"]
