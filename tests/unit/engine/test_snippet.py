"""The lines that reproduce a failure run with edsl, and ask what was asked."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from edsl import Agent, Model, QuestionFreeText, QuestionNumerical, Scenario, Survey

from chalicelib.domain.json_types import Document
from chalicelib.domain.providers.service import Service
from chalicelib.domain.results.snippet import snippet
from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI
from tests.support.shapes import Shape, lift, shapes
from tests.unit.engine.jobs import document, order, rows_of

REPRODUCIBLE = {name: shape for name, shape in shapes().items() if not shape.refused_by_run}
KEY = "sk-the-operators-own-0123456789"


def run(code: str, name: str) -> Any:
    """Run the lines; return the one answer to the question."""
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(code, space)
    (answer,) = space["results"].select(name).to_list()
    return answer


def run_by_itself(code: str, home: Path, keys: dict[str, str]) -> None:
    """Run the lines as a user does who has keys of their own."""
    environment = {"PATH": os.defpath, "HOME": str(home), "EDSL_FETCH_TOKEN_PRICES": "False", **keys}
    environment["EXPECTED_PARROT_URL"] = "http://localhost:9"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr


def questions(sent: Document) -> list[Document]:
    return [question for question in sent["survey"]["questions"] if "question_name" in question]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("shape", REPRODUCIBLE.values(), ids=REPRODUCIBLE)
def test_every_question_of_every_shape_can_be_asked_by_itself(
    engine: Engine, shape: Shape, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # edsl keeps files where it runs
    sent = document(lift(shape.build()))
    (row,) = rows_of(engine, order(sent))
    for question in questions(sent):
        run(snippet(question, row.row), question["question_name"])


def test_a_failure_is_met_again(engine: Engine, tmp_path: Path) -> None:
    """Of a provider's model, with its parameters, persona, scenario and an earlier answer piped in."""
    survey = Survey(
        [
            QuestionFreeText("pet", "Which pet?"),
            QuestionNumerical("age", "How old is {{ scenario.who }}'s {{ pet.answer }}?", min_value=1),
        ]
    )
    model = Model("fake-model", service_name="openai", temperature=0.25)
    job = survey.by(Agent(name="Ann", traits={"mood": "grim"})).by(Scenario({"who": "Bob"})).by(model)
    sent = document(job)
    with FakeOpenAI(answer=lambda prompt: "tortoise" if "Which" in prompt else "ancient") as provider:
        (row,) = rows_of(engine, order(sent, services=(Service("openai", provider.url, KEY),)))
        code = snippet(questions(sent)[1], row.row)
        asked = provider.asked[-1]
        run_by_itself(code, tmp_path, {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.url})
        again = provider.asked[-1]
    assert "age" in row.exceptions
    assert "Bob's tortoise" in asked.prompt
    assert (again.prompt, again.system_prompt) == (asked.prompt, asked.system_prompt)
    assert again.body["temperature"] == asked.body["temperature"] == 0.25
    assert "perch" not in code.lower()
    assert KEY not in code


def test_long_texts_and_files_are_cut_and_said_to_be() -> None:
    question = {"question_name": "q", "question_text": "{{ scenario.a }}", "question_type": "free_text"}
    file = {"base64_string": "x" * 10_000, "mime_type": "image/png", "suffix": "png"}
    code = snippet(question, {"scenario": {"a": "y" * 10_000, "file": file}}, remembers=True)
    assert len(code) < 4_000
    assert "cut where it says" in code
    assert "files' contents are left out" in code
    assert "left out here" in code
    assert json.dumps("x" * 2_000) not in code
