"""A planned job's survey and lists, as much of them as a page shows: the job is never read whole."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.plan import Plan
from chalicelib.services.job_files.subset import first_rows, plan_of
from chalicelib.services.reports.questions import (
    LONGEST_CELL,
    LONGEST_OPTION,
    MOST_QUESTIONS,
    QuestionFacts,
    cut,
    questions_of,
    readable,
)
from chalicelib.storage.aws.files import MissingFileError

MOST_ROWS = 10
MOST_COLUMNS = 12
MOST_BYTES = 2 * 1024 * 1024
"""Of a list's first rows."""


@dataclass(frozen=True)
class ListFacts:
    """One of a job's lists: how many rows there are, and the first of them as a table."""

    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more_columns: int


@dataclass(frozen=True)
class SurveyFacts:
    """What a job asks whom."""

    questions: tuple[QuestionFacts, ...]
    more_questions: int
    agents: ListFacts
    scenarios: ListFacts
    models: ListFacts
    chosen: int | None
    """How many combinations were chosen; None: each row is joined with each."""
    iterations: int


def survey_of(job: Job) -> SurveyFacts | None:
    """Return what a job asks whom; None before it is planned."""
    if not job.plan:
        return None
    try:
        plan = plan_of(job)
        lists = {name: _list(job, plan, name) for name in ("agents", "scenarios", "models")}
    except MissingFileError:
        return None  # it is being deleted
    questions = plan.survey.get("questions") or []
    chosen = plan.lists.get("assignments")
    return SurveyFacts(
        questions=tuple(questions_of(plan.survey)),
        more_questions=max(0, len(questions) - MOST_QUESTIONS),
        chosen=chosen.count if chosen else None,
        iterations=job.iterations,
        **lists,
    )


def _list(job: Job, plan: Plan, name: str) -> ListFacts:
    largest = plan.lists[name].largest if name in plan.lists else 0
    # Rows may be files of megabytes each: of such fewer are read.
    few = min(MOST_ROWS, max(1, MOST_BYTES // max(1, largest)))
    return list_of(name, first_rows(job, plan, name, few), plan.counts.get(name, 0))


def list_of(name: str, first: Iterable[Json], count: int) -> ListFacts:
    """Return a list of ``agents``, ``scenarios`` or ``models``, of which these rows are the first."""
    rows = [_fields(name, row) for row in first]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    shown = columns[:MOST_COLUMNS]
    return ListFacts(
        count=count,
        columns=tuple(cut(column, LONGEST_OPTION) for column in shown),
        rows=tuple(tuple(cut(readable(row.get(column)), LONGEST_CELL) for column in shown) for row in rows),
        more_columns=len(columns) - len(shown),
    )


def _fields(name: str, row: Json) -> Document:
    if not isinstance(row, dict):
        return {"": row}
    plain = {str(key): value for key, value in row.items() if key not in {"edsl_version", "edsl_class_name"}}
    if name == "agents":
        traits = plain.get("traits")
        own = {key: plain[key] for key in ("name", "instruction") if plain.get(key)}
        return {**own, **traits} if isinstance(traits, dict) else own
    if name == "models":
        own = {"model": plain.get("model"), "service": plain.get("inference_service")}
        parameters = plain.get("parameters")
        return {**own, **parameters} if isinstance(parameters, dict) else own
    return plain
