"""What results took, by model and question, and who is told what was charged."""

from typing import Any

import pytest

from chalicelib.domain.errors import NoContentError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.content.sharing import share
from chalicelib.services.tables import costs, making
from chalicelib.services.tables.costs import CostFacts, Took, costs_of
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran
from tests.unit.services.tables.test_table import rewritten


def facts(stage: Stage, done: Job) -> CostFacts:
    found = costs_of(stage.account, done.results_id or "")
    assert found is not None
    return found


def answered(model: str, *, cached: bool = False, **responses: Any) -> dict[str, Any]:
    said = {"q0_raw_model_response": {}, "q0_input_tokens": 10, "q0_output_tokens": 4, "q0_cost": 0.25}
    return {
        "answer": {"q0": "a", "skipped": None},
        "model": {"model": model, "inference_service": "openai"},
        "cache_used_dict": {"q0": cached},
        "raw_model_response": {**said, **responses},
    }


def test_answers_are_counted_by_model_and_question(stage: Stage) -> None:
    done = ran(stage, job())
    rows = [answered("a"), answered("a", cached=True), answered("b")]
    rewritten(stage, done, [InterviewRow(at, row) for at, row in enumerate(rows)])
    found = facts(stage, done)
    assert [(one.service, one.model, one.interviews, one.took) for one in found.models] == [
        ("openai", "a", 2, Took(0, 1, 20, 8, 0.5)),
        ("openai", "b", 1, Took(0, 0, 10, 4, 0.25)),
    ]
    assert [(one.name, one.took) for one in found.questions] == [("q0", Took(3, 1, 30, 12, 0.75))]
    assert (found.total, found.looked_at) == (3, 3)


def test_what_is_no_number_is_none(stage: Stage) -> None:
    done = ran(stage, job())
    strange: dict[str, Any] = {"q0_input_tokens": "many", "q0_output_tokens": True, "q0_cost": None}
    rewritten(stage, done, [InterviewRow(0, answered("a", **strange)), InterviewRow(1, {"answer": 3})])
    (question,) = facts(stage, done).questions
    assert question.took == Took(1, 0, 0, 0, 0)


def test_of_many_the_first_are_looked_at(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "MOST_INTERVIEWS", 2)
    done = ran(stage, job(agents=5))
    assert (facts(stage, done).looked_at, facts(stage, done).total) == (2, 5)
    monkeypatch.setattr(costs, "MOST_BYTES", 1)
    assert facts(stage, done).looked_at == 1
    monkeypatch.setattr(costs, "MOST_QUESTIONS", 0)
    assert facts(stage, done).questions == ()


def test_only_their_owner_is_told_what_was_charged(stage: Stage) -> None:
    done = ran(stage, job())
    run = facts(stage, done).run
    assert run is not None
    assert run.number == done.run
    with pytest.raises(NoContentError):
        costs_of(stage.stranger, done.results_id or "")
    share(stage.account, done.results_id or "", stage.stranger.email)
    others = costs_of(stage.stranger, done.results_id or "")
    assert others is not None
    assert others.run is None


def test_while_the_table_is_made_there_is_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job())
    stage.deps.files.delete_under(JobKeys.of(done).table_folder(done.run))
    monkeypatch.setattr(making, "MADE_AT_ONCE", 0)
    assert costs_of(stage.account, done.results_id or "") is None
