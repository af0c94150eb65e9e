"""A planned job's survey and lists, as much of them as a page shows: the job is never read whole."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.plan import Plan
from chalicelib.services.job_files.subset import first_rows, plan_of
from chalicelib.storage.aws.files import MissingFileError

MOST_QUESTIONS = 100
MOST_OPTIONS = 30
MOST_ROWS = 10
MOST_COLUMNS = 12
MOST_BYTES = 2 * 1024 * 1024
"""Of a list's first rows."""
LONGEST_TEXT = 5_000
LONGEST_OPTION = 300
LONGEST_CELL = 1_000
FILE_FIELDS = {"base64_string", "mime_type"}
ALWAYS = "True"
END = "EndOfSurvey"
INSTRUCTIONS = ("Instruction", "ChangeInstruction")
"""What may lie among a survey's questions; rules do not count it."""


@dataclass(frozen=True)
class QuestionFacts:
    """One question. Texts are cut to what can be read."""

    name: str
    kind: str
    text: str
    options: tuple[str, ...]
    more_options: int
    """How many further ones there are."""
    remembers: tuple[str, ...]
    """The earlier questions that its model is told with it."""
    rules: tuple["RuleFacts", ...]
    model: str = ""
    """Which model it asks, if not its interview's."""


@dataclass(frozen=True)
class RuleFacts:
    """What comes after a question, or whether it is asked at all."""

    expression: str
    before: bool
    """Looked at before the question: then it is left out."""
    leads_to: str | None
    """The question that is asked next; None: the survey ends."""


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


def questions_of(survey: Document) -> Iterator[QuestionFacts]:
    """Yield a survey's questions, as many as a page shows; a stranger may have written any part of it."""
    rules = _rules(survey)
    memory = memory_of(survey)
    for question in islice(survey["questions"], MOST_QUESTIONS):
        name = str(question.get("question_name", ""))
        options = question.get("question_options")
        shown = options if isinstance(options, list) else [options] if options else []
        earlier = memory.get(name, [])
        model = question.get("model")
        yield QuestionFacts(
            name=cut(name, LONGEST_OPTION),
            kind=cut(
                str(question.get("question_type") or question.get("edsl_class_name") or ""), LONGEST_OPTION
            ),
            text=cut(_text(question.get("question_text", question.get("text", ""))), LONGEST_TEXT),
            options=tuple(cut(_text(option), LONGEST_OPTION) for option in shown[:MOST_OPTIONS]),
            more_options=max(0, len(shown) - MOST_OPTIONS),
            remembers=tuple(cut(_text(one), LONGEST_OPTION) for one in earlier[:MOST_OPTIONS]),
            rules=tuple(rules.get(name, ())),
            model=cut(str(model.get("model", "")), LONGEST_OPTION) if isinstance(model, dict) else "",
        )


def asked(survey: Document) -> list[Document]:
    """Return a survey's questions without the instructions, which lie among them."""
    return [one for one in survey["questions"] if not is_instruction(one)]


def is_instruction(question: Document) -> bool:
    """Tell whether something among a survey's questions is one that nobody answers."""
    return question.get("edsl_class_name") in INSTRUCTIONS


def memory_of(survey: Document) -> Mapping[str, list[Json]]:
    """Return of which earlier questions the model of each is told."""
    plan = survey.get("memory_plan")
    memory = plan.get("data") if isinstance(plan, dict) else None
    told = {
        name: one.get("prior_questions") if isinstance(one, dict) else one
        for name, one in (memory.items() if isinstance(memory, dict) else ())
    }
    return {name: earlier for name, earlier in told.items() if isinstance(earlier, list)}


def _rules(survey: Document) -> Mapping[str, Sequence[RuleFacts]]:
    """Return the rules of each question that say more than that the next one comes next."""
    collection = survey.get("rule_collection")
    collection = collection if isinstance(collection, dict) else {}
    questions = asked(survey)
    names = {place: str(question.get("question_name", "")) for place, question in enumerate(questions)}
    places = collection.get("question_name_to_index")
    if isinstance(places, dict):
        names |= {place: str(name) for name, place in places.items() if isinstance(place, int)}
    found: dict[str, list[RuleFacts]] = {}
    rules = collection.get("rules")
    known = [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    # Of those that hold, edsl follows the one of the highest priority.
    for rule in sorted(known, key=_priority, reverse=True):
        current, leads_to = rule.get("current_q"), rule.get("next_q")
        expression, before = str(rule.get("expression", "")), bool(rule.get("before_rule"))
        follows = isinstance(current, int) and leads_to == current + 1
        ends = leads_to == END and current == len(questions) - 1
        if expression == ALWAYS and (follows or ends) and not before:
            continue
        told = found.setdefault(names.get(current, "") if isinstance(current, int) else "", [])
        if len(told) < MOST_OPTIONS:
            next_name = names.get(leads_to) if isinstance(leads_to, int) else None
            told.append(RuleFacts(cut(expression, LONGEST_CELL), before, next_name))
    return found


def _priority(rule: Document) -> float:
    priority = rule.get("priority")
    return priority if isinstance(priority, int | float) else 0


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
        rows=tuple(tuple(cut(_text(row.get(column)), LONGEST_CELL) for column in shown) for row in rows),
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


def _text(value: Json) -> str:
    """Write a value as people read it; of a file, what it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) >= FILE_FIELDS:
        return f"a file: {value.get('path') or 'without a name'} ({value['mime_type']})"
    return json.dumps(value, ensure_ascii=False)


def cut(text: str, longest: int) -> str:
    """Return as much of a text as is shown."""
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text):,} characters)"
