"""What a slice costs does not grow with its job, and how a job is cut changes no row."""

import json
from typing import Any

import pytest

from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.edsl import slicing
from chalicelib.engine.engine import Engine
from chalicelib.engine.wire import messages
from tests.support.fakes.engine import count
from tests.support.shapes import SHAPES
from tests.unit.engine.jobs import document, free_text_job, order, rows_of

ALIKE = ("grid_of_two_each", "answer_piping", "randomised_options", "filtered_pairs")


def job_of(agents: int) -> Document:
    job = free_text_job()
    job["agents"] = [{"traits": {"number": 10_000 + number}} for number in range(agents)]
    job["scenarios"] = [{"text": f"{number:05}" * 20} for number in range(agents)]
    return job


def request_for(job: Document, start: int, stop: int) -> str:
    return json.dumps(messages.run_request(order(job, start=start, stop=stop)))


def test_what_the_child_is_sent_does_not_grow_with_the_job() -> None:
    assert len(request_for(job_of(5000), 10, 20)) < len(request_for(job_of(20), 10, 20)) + 200


def test_each_interview_has_an_agent_of_its_own() -> None:
    job = document(SHAPES["grid_of_two_each"].build())
    job["assignments"] = [[1, 0, 1], [0, 0, 1], [1, 0, 1]]
    made = slicing.slice_document(excerpt_of_document(job, range(3), iterations=1), {})
    first, second = job["agents"]
    assert made["agents"] == [second, first, second]
    assert [(row["scenario"], row["model"]) for row in made["assignments"]] == [(0, 0)] * 3


def test_an_empty_list_has_the_default(engine: Engine) -> None:
    job = {**free_text_job(), "agents": [], "scenarios": []}
    subset = excerpt_of_document(job, range(2), iterations=2)
    assert (
        slicing.slice_document(subset, {"agent": {"a": 1}, "scenario": {"s": 1}})["agents"] == [{"a": 1}] * 2
    )
    assert all(row.good for row in rows_of(engine, order(job, stop=2, iterations=2)))


@pytest.mark.parametrize("name", ALIKE)
def test_how_a_job_is_cut_changes_no_row(engine: Engine, name: str) -> None:
    job = document(SHAPES[name].build())
    total = count(job) * 2
    whole = [comparable(row) for row in rows_of(engine, order(job, stop=total, iterations=2))]
    apart = [
        comparable(row)
        for start in range(total)
        for row in rows_of(engine, order(job, start=start, stop=start + 1, iterations=2))
    ]
    assert apart == whole


def comparable(row: InterviewRow) -> Document:
    kept = (
        "answer",
        "prompt",
        "indices",
        "iteration",
        "agent",
        "scenario",
        "model",
        "question_to_attributes",
    )
    return {"index": row.index, **{name: row.row[name] for name in kept}, "exceptions": row.exceptions}


def test_draws_start_from_the_seed_that_is_given(engine: Engine) -> None:
    job = document(SHAPES["randomised_options"].build())
    job["agents"] = [{"traits": {"age": age}} for age in range(6)]

    def drawn(seed: str) -> list[Any]:
        return [row.row["question_to_attributes"] for row in rows_of(engine, order(job, stop=6, seed=seed))]

    assert drawn("one") == drawn("one") != drawn("another")
