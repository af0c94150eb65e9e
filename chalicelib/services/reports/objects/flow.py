"""How one gets through a survey: what is left out when, what comes after what, and what models are told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from chalicelib.domain.json_types import Document
from chalicelib.services.reports.objects.conditions import in_words
from chalicelib.services.reports.questions import (
    ALWAYS,
    MOST_QUESTIONS,
    QuestionFacts,
    asked,
    cut,
    is_instruction,
    memory_of,
)

MOST_STEPS = 100
MOST_NAMES = 10
LONGEST_NAME = 300
LONGEST_TEXT = 1_000


class StepKind(StrEnum):
    """What a step of a flow tells."""

    SKIP = "skip"
    """Whether a question is asked at all."""
    JUMP = "jump"
    """Which one comes after it."""
    END = "end"
    """The survey ends with it."""
    INSTRUCTION = "instruction"
    """From it on models are told something."""
    WITHOUT = "without"
    """From it on they are told that no more."""
    STILL = "still"
    """From it on they are told that as before."""
    GROUP = "group"
    """Questions that belong together."""


@dataclass(frozen=True)
class Step:
    """One sentence of a flow."""

    kind: StepKind
    question: str = ""
    """Before it, after it, or from it on."""
    condition: str = ""
    """When, in words; empty: always."""
    is_code: bool = False
    """There are no words for the condition: it stands as it is written."""
    leads_to: str = ""
    text: str = ""
    """What models are told, or what the group is called."""
    names: tuple[str, ...] = ()
    """Of instructions; of a group's first and last question."""


class Memory(StrEnum):
    """What models are told of earlier questions and answers."""

    NONE = "none"
    ALL = "all"
    LAST = "last"
    SOME = "some"
    """Told at each question."""


@dataclass(frozen=True)
class FlowFacts:
    """How one gets through a survey."""

    steps: tuple[Step, ...]
    more_steps: int
    memory: Memory


def flow_of(survey: Document, questions: Sequence[QuestionFacts]) -> FlowFacts:
    """Return a survey's flow, its rules those of the questions that are shown.

    A stranger may have written any part of it.
    """
    names = [_name(one) for one in asked(survey)]
    found = [*_groups(survey, names), *_instructions(survey), *_rules(questions)]
    return FlowFacts(tuple(found[:MOST_STEPS]), max(0, len(found) - MOST_STEPS), _memory(survey, names))


def _groups(survey: Document, names: Sequence[str]) -> Iterator[Step]:
    groups = survey.get("question_groups")
    for name, places in islice(groups.items(), MOST_STEPS) if isinstance(groups, dict) else ():
        first, last = places if isinstance(places, list) and len(places) == 2 else (None, None)  # noqa: PLR2004
        if isinstance(first, int) and isinstance(last, int) and 0 <= first <= last < len(names):
            members = tuple(dict.fromkeys((names[first], names[last])))
            yield Step(StepKind.GROUP, text=cut(name, LONGEST_NAME), names=members)


def _instructions(survey: Document) -> Iterator[Step]:
    """Yield what models are told from which question on; behind the last one nobody is told anything."""
    waiting: list[Document] = []
    for one in survey["questions"]:
        if is_instruction(one):
            waiting.append(one)
            continue
        for instruction in waiting:
            yield from _told(instruction, _name(one))
        waiting.clear()


def _told(instruction: Document, question: str) -> Iterator[Step]:
    if instruction["edsl_class_name"] == "Instruction":
        text = cut(str(instruction.get("text", "")), LONGEST_TEXT)
        yield Step(StepKind.INSTRUCTION, question, text=text, names=(_name(instruction),))
        return
    for key, kind in (("drop", StepKind.WITHOUT), ("keep", StepKind.STILL)):
        found = instruction.get(key)
        names = [str(name) for name in found[:MOST_NAMES]] if isinstance(found, list) else []
        if names:
            yield Step(kind, question, names=tuple(cut(name, LONGEST_NAME) for name in names))


def _rules(questions: Sequence[QuestionFacts]) -> Iterator[Step]:
    for question in questions:
        for rule in sorted(question.rules, key=lambda rule: not rule.before):
            kind = StepKind.SKIP if rule.before else StepKind.JUMP if rule.leads_to else StepKind.END
            condition = "" if rule.expression == ALWAYS else rule.expression
            words = in_words(condition, question.name)
            yield Step(
                kind,
                question.name,
                condition=words or condition,
                is_code=bool(condition and not words),
                leads_to=cut(rule.leads_to or "", LONGEST_NAME),
            )


def _memory(survey: Document, names: Sequence[str]) -> Memory:
    told = memory_of(survey)
    found = [told.get(name, []) for name in names[:MOST_QUESTIONS]]
    if not any(found):
        return Memory.NONE
    if all(earlier == list(names[:place]) for place, earlier in enumerate(found)):
        return Memory.ALL
    if all(earlier == list(names[max(0, place - 1) : place]) for place, earlier in enumerate(found)):
        return Memory.LAST
    return Memory.SOME


def _name(question: Document) -> str:
    return cut(str(question.get("question_name") or question.get("name") or ""), LONGEST_NAME)
