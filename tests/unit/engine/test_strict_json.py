"""Rows are strict JSON, whatever numbers functions, templates and providers come up with."""

import json
from typing import Any

import pytest
from edsl import QuestionNumerical, Survey
from edsl.questions.question_compute import QuestionCompute

from chalicelib.domain.providers.service import Service
from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI, Request
from tests.support.shapes import says
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import document, free_text_job, functional_job, order, rows_of


def strictly(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def test_numbers_of_functions_become_text(engine: Engine) -> None:
    source = (
        "def work(scenario, agent_traits):\n"
        "    return [float('nan'), float('inf'), -float('inf'), {'deep': (float('nan'), 1.5)}, 10 ** 5000]\n"
    )
    (row,) = rows_of(engine, order(functional_job(source)))
    said = ["nan", "inf", "-inf", {"deep": ["nan", 1.5]}, "a number of 16,610 bits"]
    assert row.row["answer"] == {"feeling": said}
    assert row.good
    strictly(row.row)


@pytest.mark.parametrize("text", ["nan", "-Infinity", "1e999"])
def test_numbers_of_templates_and_answers_become_text(engine: Engine, text: str) -> None:
    computed = QuestionCompute(question_name="computed", question_text=text)
    asked = QuestionNumerical(question_name="asked", question_text="How much?")
    (row,) = rows_of(engine, order(document(Survey([computed, asked]).by(says(text)))))
    assert row.row["answer"]["computed"] == str(float(text))
    assert row.row["answer"]["asked"] in (str(float(text)), None)
    strictly([row.row, row.exceptions])


class Unlikely(FakeOpenAI):
    """Says of each answer, as some servers do, that it could not be less likely."""

    def reply(self, request: Request) -> tuple[int, dict[str, Any]]:
        status, body = super().reply(request)
        for choice in body["choices"]:
            token = {"token": "x", "logprob": float("-inf"), "bytes": None, "top_logprobs": []}
            choice["logprobs"] = {"content": [token], "refusal": None}
        return status, body


def test_numbers_of_providers_become_text(engine: Engine) -> None:
    job = free_text_job(model="fake-model", inference_service="openai")
    store = ListSliceStore()
    with Unlikely(answer=str) as provider:
        services = (Service("openai", provider.url, "k" * 20),)
        (row,) = engine.run(order(job, services=services), store)
        assert row.good
        assert '"-inf"' in strictly(row.row)
        (again,) = engine.run(order(job, services=services, answers=tuple(store.answers)), ListSliceStore())
    assert strictly(again.row["answer"]) == strictly(row.row["answer"])
    assert len(provider.asked) == 1
