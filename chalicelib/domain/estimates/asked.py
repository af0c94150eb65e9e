"""How many tokens an interview of a job takes: as EDSL estimates it, and between what it may be."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.estimates.prompts import Question, Size
from chalicelib.domain.estimates.values import Effort, Values, measured, persona
from chalicelib.domain.json_types import Document, Json

CHARS = 4
DOUBLED = 2
ANSWER = 0.75
FEWEST_CHARS, MOST_CHARS = 2, 6
"""That a token may have, in whatever language."""
TRIES = 2
"""A model is asked once more for an answer that cannot be used, and paid both times."""
MOST_OUTPUT, MOST_REASONING, MOST_EVER = 2048, 16_000, 1_000_000
"""Tokens of an answer where a model names no bound; with reasoning; and whatever it names."""
BOUNDS = ("max_tokens", "maxOutputTokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens")
"""What providers call the most tokens that an answer may have."""
REASONING = ("gpt-5", "o1", "o3", "o4")
FILES = 4
"""A file costs at most so many times what is taken for it."""


@dataclass
class Load:
    """Tokens of all combinations that are looked at, whichever model is asked for them."""

    least_input: int = 0
    input: int = 0
    most_input: int = 0
    answers_quoted: int = 0
    """In prompts, each as long as its model may make it."""
    answers: int = 0
    """That are asked for at the most, each likewise."""
    least_output: int = 0
    output: int = 0


@dataclass(frozen=True)
class Sample:
    """Of a job what its estimate looks at: the survey, all models, and some rows of the other lists."""

    survey: Document
    models: Sequence[Document]
    agents: Sequence[Document]
    scenarios: Sequence[Document]
    interviews: int
    """All of them, each iteration counted."""
    triples: Sequence[tuple[int, int, int]] = ()
    """Some of the combinations that the job lists itself, if it does."""
    whole: bool = True
    """Nothing of the job is missing here."""
    filtered: bool = False
    """An expression may leave out interviews that are counted here."""
    may_be_cached: bool = True


class Asked:
    """What one interview of a job is asked."""

    def __init__(self, sample: Sample) -> None:
        documents = [one for one in sample.survey["questions"] if isinstance(one, dict)]
        named = (one.get("question_name") for one in documents)
        names = frozenset(name for name in named if isinstance(name, str))
        told = [one for one in documents if "question_type" not in one]  # instructions
        self._instructions = sum(measured(one.get("text"))[1] for one in told)
        questions = (Question(one, names) for one in documents if "question_type" in one)
        self.questions = [question for question in questions if not question.free]
        self.skips = _skips(sample.survey)
        self.has_files = False
        self._cached = sample.may_be_cached
        self._named = {str(question.name): question for question in self.questions}
        self._memory = _memory(sample.survey)
        effort = Effort()
        self._agents = [
            Values({**_traits(row), "name": row.get("name")}, effort) for row in sample.agents or ({},)
        ]
        self._personas = [persona(row) for row in sample.agents or ({},)]
        self._scenarios = [Values(row, effort) for row in sample.scenarios or ({},)]

    def loads(self, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[Document | None, Load]]:
        """Yield what is asked of an interview's own model (None) and of those that questions bring along."""
        interviews = Load()
        for number, question in enumerate(self.questions):
            load = interviews if question.model is None else Load()
            self._add(load, question, pairs, sure=not self._cached and (number == 0 or not self.skips))
            if question.model is not None:
                yield question.model, load
        yield None, interviews

    def _add(self, load: Load, question: Question, pairs: Sequence[tuple[int, int]], *, sure: bool) -> None:
        names = self._memory.get(str(question.name), ())
        remembered = [self._named[name] for name in names if name in self._named]
        more = sum(other.bytes for other in remembered) + self._instructions
        calls, tries = question.calls, question.calls * TRIES
        for agent, size in self._sizes(question, pairs):
            chars, length = self._personas[agent]
            tokens = size.files + (chars + size.chars * (DOUBLED if size.doubled else 1)) // CHARS
            load.input += tokens * calls
            load.output += math.ceil(ANSWER * tokens) * calls
            most = (length + size.bytes + more) // FEWEST_CHARS + 1
            load.most_input += (most + FILES * size.files) * tries
            load.least_input += (chars + size.chars) // MOST_CHARS if sure else 0
            self.has_files = self.has_files or size.files > 0
        load.answers += len(pairs) * tries
        load.answers_quoted += len(pairs) * tries * (question.quotes + len(remembered))
        load.least_output += len(pairs) if sure else 0

    def _sizes(self, question: Question, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, Size]]:
        known: dict[tuple[int, int], Size] = {}
        of_agents = question.of_agents()
        for agent, scenario in pairs:
            key = (agent if of_agents else 0, scenario)
            if key not in known:
                known[key] = question.size(self._scenarios[scenario], self._agents[agent])
            yield agent, known[key]


def most_output(model: Document) -> int:
    """Return how many tokens a model may answer with at the most, its thoughts among them."""
    parameters = model.get("parameters")
    for name in BOUNDS:
        told = parameters.get(name) if isinstance(parameters, dict) else None
        if isinstance(told, int) and not isinstance(told, bool) and told > 0:
            return min(told, MOST_EVER)
    return MOST_REASONING if thinks(model) else MOST_OUTPUT


def thinks(model: Document) -> bool:
    """Tell whether a model is known to think before it answers."""
    parameters = model.get("parameters")
    chosen: Mapping[str, Any] = parameters if isinstance(parameters, dict) else {}
    if chosen.get("reasoning_effort", chosen.get("reasoning")) is not None:
        return True
    service, name = str(model.get("inference_service")), str(model.get("model"))
    return service.startswith("openai") and name.lower().startswith(REASONING)


def _skips(survey: Document) -> bool:
    collection = survey.get("rule_collection")
    rules: Json = collection.get("rules") if isinstance(collection, dict) else None
    plain = ("True", None)
    return isinstance(rules, list) and any(
        isinstance(rule, dict) and (rule.get("expression") not in plain or rule.get("before_rule"))
        for rule in rules
    )


def _memory(survey: Document) -> dict[str, frozenset[str]]:
    plan = survey.get("memory_plan")
    data: Json = plan.get("data") if isinstance(plan, dict) else None
    found: dict[str, frozenset[str]] = {}
    for name, memory in data.items() if isinstance(data, dict) else ():
        prior = memory.get("prior_questions") if isinstance(memory, dict) else memory
        found[name] = (
            frozenset(one for one in prior if isinstance(one, str))
            if isinstance(prior, list)
            else frozenset()
        )
    return found


def _traits(agent: Document) -> Document:
    traits = agent.get("traits")
    return traits if isinstance(traits, dict) else {}
