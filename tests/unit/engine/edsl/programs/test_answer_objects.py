"""What an answer describes is loaded without importing or running what it names."""

import importlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from edsl import Survey
from edsl.macros import Macro
from edsl.macros.macro_serialization import MacroSerialization
from edsl.notebooks import Notebook
from edsl.questions import QuestionEDSLObject

from chalicelib.engine.edsl.programs import answer_objects
from chalicelib.engine.engine import Engine
from tests.support.shapes import says
from tests.unit.engine.jobs import document, free_text_job, order, rows_of

NAMED = "antigravity"
NOTEBOOK = {"data": {"cells": [{"cell_type": "code", "source": "x  =  1"}]}, "name": "mine", "lint": True}


def macro() -> dict[str, Any]:
    job = free_text_job()
    named = {"__edsl_object__": True, "__edsl_type__": "fly", "__edsl_module__": NAMED, "data": {}}
    return {
        "application_name": "mine",
        "display_name": "Mine",
        "short_description": "A macro.",
        "long_description": "A macro.",
        "initial_survey": job["survey"],
        "jobs_object": job,
        "fixed_params": {"plain": 1, "named": named},
    }


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    names: list[str] = []
    original = importlib.import_module

    def noted(name: str, package: str | None = None) -> Any:
        names.append(name)
        if name == NAMED:
            raise ImportError(name)
        return original(name, package)

    monkeypatch.setattr(importlib, "import_module", noted)
    before = (MacroSerialization.from_dict, Notebook._lint_code)
    yield names
    MacroSerialization.from_dict = staticmethod(before[0])
    Notebook._lint_code = staticmethod(before[1])


def load_macro(described: dict[str, Any]) -> None:
    # edsl asks more of a macro than this one has, but only after that.
    with suppress(AttributeError):
        Macro.from_dict(described)


def test_a_macro_imports_no_module_that_it_names(imported: list[str]) -> None:
    load_macro(macro())
    assert NAMED in imported  # so does edsl alone
    imported.clear()
    answer_objects.install()
    load_macro(macro())
    assert NAMED not in imported


def test_a_notebook_starts_no_program(imported: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/true")
    monkeypatch.setattr(subprocess, "run", lambda *command, **_: started.append(command))
    Notebook.from_dict(NOTEBOOK)
    assert started  # so does edsl alone
    started.clear()
    answer_objects.install()
    made = Notebook.from_dict(NOTEBOOK)
    assert made.data["cells"][0]["source"]
    assert not started


@pytest.mark.parametrize(("kind", "answer"), [("Notebook", NOTEBOOK), ("Agent", {"traits": {"age": 3}})])
def test_objects_are_answers_as_before(engine: Engine, kind: str, answer: Any) -> None:
    question = QuestionEDSLObject(question_name="made", question_text="Make one.", expected_object_type=kind)
    (row,) = rows_of(engine, order(document(Survey([question]).by(says({"made": answer})))))
    assert row.good
    assert row.row["answer"]["made"] == answer
