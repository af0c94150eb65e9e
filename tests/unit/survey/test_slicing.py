"""What a slice costs does not grow with its job, and cutting it out changes no row."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError, NotAnEdslJobError
from chalicelib.domain.interview import Document, InterviewRow
from chalicelib.survey import messages, slicing
from chalicelib.survey.engine import Engine
from tests.shapes import SHAPES
from tests.unit.survey.jobs import document, free_text_job, order

ALIKE = ("grid_of_two_each", "answer_piping", "randomised_options", "filtered_pairs")


def job_of(agents: int) -> Document:
    job = free_text_job()
    job["agents"] = [{"traits": {"number": 10_000 + number}} for number in range(agents)]
    job["scenarios"] = [{"text": f"{number:05}" * 20} for number in range(agents)]
    return job


def request_for(job: Document, start: int, stop: int) -> str:
    return json.dumps(messages.run_request(*slicing.cut(order(job, start=start, stop=stop, seed="s"))))


def test_what_the_child_is_sent_does_not_grow_with_the_job() -> None:
    assert len(request_for(job_of(20), 10, 20)) == len(request_for(job_of(5000), 10, 20))


def test_the_last_slice_is_as_small_as_the_first() -> None:
    job = job_of(1000)
    assert len(request_for(job, 999_990, 1_000_000)) < len(request_for(job, 0, 10)) + 200


def test_an_excerpt_has_each_entry_once_and_in_order() -> None:
    job = document(SHAPES["grid_of_two_each"].build())
    job["assignments"] = [[1, 0, 1], [0, 0, 1], [1, 0, 1]]
    excerpt = slicing.excerpt_of(job, order(job, stop=3))
    assert excerpt.document["agents"] == job["agents"]
    assert excerpt.document["scenarios"] == job["scenarios"][:1]
    assert excerpt.document["models"] == job["models"][1:]
    assert [excerpt.place(position) for position in excerpt.positions] == [(1, 0, 0), (0, 0, 0), (1, 0, 0)]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"agents": None},
        {"agents": {}},
        {"models": "abc"},
        {"survey": None},
        {"assignments": [1]},
        {"assignments": [{"agent": 0}]},
        {"assignments": [[0, 0, 9]]},
        {"assignments": {}},
        {"agents": [{}, 5]},
    ],
)
def test_what_is_wrong_with_a_job_is_for_the_child_to_say(engine: Engine, spoilt: Document) -> None:
    job = {**document(SHAPES["grid_of_two_each"].build()), **spoilt}
    with pytest.raises((EngineError, NotAnEdslJobError)):
        list(engine.run(order(job, stop=8)))


@pytest.mark.parametrize("name", ALIKE)
def test_a_slice_cut_out_gives_the_rows_of_the_whole_job(
    engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = document(SHAPES[name].build())
    if name == "filtered_pairs":
        del job["include_expression"]  # by which the child would have the whole job in any case
    total = engine.inspect(job, services=[]).combinations * 2

    def rows() -> list[Any]:
        found = engine.run(order(job, start=1, stop=total, iterations=2))
        return sorted((comparable(row) for row in found), key=lambda row: int(row["index"]))

    cut = rows()
    monkeypatch.setattr(slicing, "cut", lambda whole: (whole, None))
    assert rows() == cut


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
        rows = sorted(engine.run(order(job, stop=6, seed=seed)), key=lambda row: row.index)
        return [row.row["question_to_attributes"] for row in rows]

    assert drawn("one") == drawn("one") != drawn("another")


def test_the_seed_of_a_job_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Engine()
    asked: list[Document] = []

    def seed_of(job: Document) -> str:
        asked.append(job)
        return "digest"

    monkeypatch.setattr(slicing, "seed_of", seed_of)
    first, second = free_text_job(), free_text_job()
    assert [own._seed_of(order(job)) for job in (first, first, second)] == ["digest"] * 3
    assert [job is first for job in asked] == [True, False]
    assert own._seed_of(order(first, seed="given")) == "given"
