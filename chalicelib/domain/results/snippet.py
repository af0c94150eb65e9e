"""Python that asks just one question of one interview again, with edsl and nothing of Perch."""

import json
import re
from collections.abc import Iterator, Mapping
from pprint import pformat

from chalicelib.domain.json_types import Document, Json

LONGEST_TEXT = 1_000
"""Longer texts are cut: the lines are for reading, and files of megabytes are no lines."""
CUT = "… [cut]"
VERSIONS = frozenset({"edsl_version", "edsl_class_name"})
FILE_FIELDS = {"base64_string", "mime_type", "suffix"}


def snippet(question: Document, row: Document, *, remembers: bool = False) -> str:
    """Return the lines that ask a question as the interview of a canonical row was asked it.

    Answers of earlier questions that the question pipes in are given as fields of its scenario; ``remembers``
    says that a memory of earlier questions went with it, which is left out. What the question does not use
    of a scenario is left out with it: edsl refuses a scenario of which nothing is used.
    """
    asked, earlier = _without_pipes(_plain(question), row)
    scenario = {**_plain(row.get("scenario") or {}), **earlier}
    if asked.get("question_type") != "functional" and not any(_is_used(name, asked) for name in scenario):
        scenario = {}
    agent, model = _plain(row.get("agent") or {}), _plain(row.get("model") or {})
    documents = {
        "QuestionBase": asked,
        "Agent": agent if agent.get("traits") else {},
        "Scenario": scenario,
        "LanguageModel": model if model.get("model") else {},
    }
    used = {name: document for name, document in documents.items() if document}
    return "\n".join(_lines(used, str(question["question_name"]), remembers=remembers)) + "\n"


ROOMS = {
    "QuestionBase": ("edsl.questions", "question"),
    "Agent": ("edsl.agents", "agent"),
    "Scenario": ("edsl.scenarios", "scenario"),
    "LanguageModel": ("edsl.language_models", "model"),
}


def _lines(used: Mapping[str, Document], question_name: str, *, remembers: bool) -> Iterator[str]:
    kinds = [kind for kind in ROOMS if kind in used]
    for room, kind in sorted((ROOMS[kind][0], kind) for kind in kinds):
        yield f"from {room} import {kind}"
    yield ""
    written = json.dumps(list(used.values()), ensure_ascii=False)
    if CUT in written:
        yield f"# Long texts are cut where it says {CUT!r}; put your own in again."
    if all(f'"{field}"' in written for field in FILE_FIELDS):
        yield "# The files' contents are left out; put your own in again."
    if remembers:
        yield "# The model was also told its earlier questions and answers, which are left out here."
    for kind in kinds:
        yield f"{ROOMS[kind][1]} = {kind}.from_dict({pformat(used[kind], width=96, sort_dicts=False)})"
    by = "".join(f".by({ROOMS[kind][1]})" for kind in kinds if kind != "QuestionBase")
    yield ""
    yield f"results = question{by}.run()"
    yield f'print(results.select("{question_name}"))'


def _without_pipes(question: Document, row: Document) -> tuple[Document, Document]:
    """Return a question that takes earlier answers from its scenario, and the fields that it takes."""
    fields: Document = {}
    sources = {".answer": row.get("answer") or {}, ".comment": row.get("comments_dict") or {}}
    text = json.dumps(question, ensure_ascii=False)
    for name in row.get("answer") or {}:
        for part, values in sources.items():
            field = f"{name}_{part[1:]}"
            pipe = re.compile(rf"(?<![\w.]){re.escape(name + part)}\b(?=[^{{}}]*\}}\}})")
            if name != question["question_name"] and pipe.search(text):
                text = pipe.sub(f"scenario.{field}", text)
                fields[field] = _cut(values.get(name, values.get(f"{name}_comment")))
    found: Document = json.loads(text)
    return found, fields


def _is_used(name: str, question: Document) -> bool:
    written = json.dumps(question, ensure_ascii=False)
    return bool(re.search(rf"\{{\{{[^{{}}]*\b{re.escape(name)}\b", written))


def _plain(document: Document) -> Document:
    return {name: _cut(value) for name, value in document.items() if name not in VERSIONS}


def _cut(value: Json) -> Json:
    """Return a value that is short enough to be read."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + CUT
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value]
    return value
