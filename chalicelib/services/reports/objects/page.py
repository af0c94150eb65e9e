"""An object as its page shows it: what it is, as much of its value as can be read, who else reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.services.content.read import Described, small_value
from chalicelib.services.content.sharing import Shared, shared_with
from chalicelib.services.reports.objects.cache import CacheFacts, Sought, cache_of
from chalicelib.services.reports.objects.flow import FlowFacts, flow_of
from chalicelib.services.reports.objects.notebook import NotebookFacts, notebook_of
from chalicelib.services.reports.questions import QuestionFacts, asked, cut, questions_of
from chalicelib.services.reports.survey import MOST_ROWS, ListFacts, list_of

SHOWN_BYTES = MEBIBYTE
"""Larger values are not looked into for a page."""
LONGEST_TEXT = 20_000
LISTS: Mapping[str, tuple[str, str]] = {
    "agent_list": ("agents", "agent_list"),
    "scenario_list": ("scenarios", "scenarios"),
    "model_list": ("models", "models"),
}
"""By type, what its rows are, and under which key they lie."""
SINGLE = {"agent": "agents", "scenario": "scenarios", "model": "models"}


@dataclass(frozen=True)
class Shown:
    """As much of an object's value as a page shows."""

    questions: tuple[QuestionFacts, ...] = ()
    more_questions: int = 0
    flow: FlowFacts | None = None
    rows: ListFacts | None = None
    notebook: NotebookFacts | None = None
    cache: CacheFacts | None = None
    text: str = ""


@dataclass(frozen=True)
class ObjectFacts:
    """What an object's page shows."""

    described: Described
    shown: Shown | None
    """None: its value is too large for a page, or there is none yet."""
    readers: tuple[Shared, ...]
    """Whom it is shared with, as only its owner is told."""

    @property
    def content(self) -> Content:
        """Return the object's record."""
        return self.described.content


def object_of(account: Caller, described: Described, sought: Sought) -> ObjectFacts:
    """Return what there is to be shown of an object that the account may read. Raises NoContentError.

    ``sought`` says which entries of a cache are shown.
    """
    content = described.content
    readable = content.document is not None  # results are rows: their table is another matter
    value = small_value(account, content, maximum_bytes=SHOWN_BYTES) if readable else None
    return ObjectFacts(
        described=described,
        shown=shown_of(content.object_type, value, sought) if isinstance(value, dict) else None,
        readers=tuple(shared_with(account, content.content_id)) if described.own else (),
    )


def shown_of(object_type: str, value: Document, sought: Sought) -> Shown:
    """Return what of a value is shown; a stranger may have written any part of it."""
    if object_type in {"survey", "question"}:
        questions = value.get("questions") if object_type == "survey" else [value]
        known = [one for one in questions if isinstance(one, dict)] if isinstance(questions, list) else []
        survey: Document = {**value, "questions": known}
        only = asked(survey)
        found = tuple(questions_of({**survey, "questions": only}))
        flow = flow_of(survey, found) if object_type == "survey" else None
        return Shown(questions=found, more_questions=len(only) - len(found), flow=flow)
    if object_type in LISTS:
        name, key = LISTS[object_type]
        rows = value.get(key)
        return _rows(name, rows if isinstance(rows, list) else [])
    if object_type in SINGLE:
        return _rows(SINGLE[object_type], [value])
    if object_type == "notebook":
        return Shown(notebook=notebook_of(value))
    if object_type == "cache":
        return Shown(cache=cache_of(value, sought))
    return Shown(text=cut(json.dumps(value, ensure_ascii=False, indent=1), LONGEST_TEXT))


def _rows(name: str, rows: list[Json]) -> Shown:
    return Shown(rows=list_of(name, islice(rows, MOST_ROWS), len(rows)))
