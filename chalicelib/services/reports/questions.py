"""A survey's questions as pages show them: their texts, options and rules, as much as can be read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.domain.json_types import Document, Json

MOST_QUESTIONS = 100
MOST_OPTIONS = 30
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
            text=cut(readable(question.get("question_text", question.get("text", ""))), LONGEST_TEXT),
            options=tuple(cut(readable(option), LONGEST_OPTION) for option in shown[:MOST_OPTIONS]),
            more_options=max(0, len(shown) - MOST_OPTIONS),
            remembers=tuple(cut(readable(one), LONGEST_OPTION) for one in earlier[:MOST_OPTIONS]),
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


def readable(value: Json) -> str:
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
