"""How many tokens an interview of a job takes: as EDSL estimates it, and between what it may be."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from chalicelib.domain.credits.prompts import Question, Size
from chalicelib.domain.credits.values import Values, measured, persona
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
REASONING = ("gpt-5", "o1", "o3", "o4")
FILES = 4
"""A file costs at most so many times what is taken for it."""


@dataclass
class Tokens:
    """Of one model: what is expected, and between what bounds."""

    lower: Fraction = field(default_factory=Fraction)
    expected: Fraction = field(default_factory=Fraction)
    upper: Fraction = field(default_factory=Fraction)


SumsOf = Callable[[Document], tuple[Tokens, Tokens]]


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
        names = [one["question_name"] for one in documents if isinstance(one.get("question_name"), str)]
        told = [one for one in documents if "question_type" not in one]  # instructions
        self._instructions = sum(measured(one.get("text"))[1] for one in told)
        self.questions = [
            one
            for one in (Question(one, names) for one in documents if "question_type" in one)
            if not one.free
        ]
        self.skips = _skips(sample.survey)
        self.has_files = False
        self._cached = sample.may_be_cached
        self._remembered = {
            name: [other for other in self.questions if other.name in prior]
            for name, prior in _memory(sample.survey).items()
        }
        self._agents = [Values({**_traits(row), "name": row.get("name")}) for row in sample.agents or ({},)]
        self._personas = [persona(row) for row in sample.agents or ({},)]
        self._scenarios = [Values(row) for row in sample.scenarios or ({},)]

    def add_to(
        self, sums_of: SumsOf, model: Document, pairs: Sequence[tuple[int, int]], scale: Fraction
    ) -> None:
        """Add what all pairs of an agent and a scenario cost with a model, each ``scale`` times.

        ``sums_of`` gives the sums of a model's input and output.
        """
        for number, question in enumerate(self.questions):
            chosen = question.model or model
            given, said = sums_of(chosen)
            most = most_output(chosen)
            sums = [0, 0, 0, 0, 0]
            quoted = question.quotes
            remembered = self._remembered.get(str(question.name), ())
            sure = not self._cached and (number == 0 or not self.skips)
            for agent, size in self._sizes(question, pairs):
                chars, length = self._personas[agent]
                tokens = size.files + (chars + size.chars * (DOUBLED if size.doubled else 1)) // CHARS
                sums[0] += (chars + size.chars) // MOST_CHARS if sure else 0
                sums[1] += tokens
                sums[2] += math.ceil(ANSWER * tokens)
                sums[3] += (length + size.bytes + self._instructions) // FEWEST_CHARS + 1
                sums[4] += size.files
            self.has_files = self.has_files or sums[4] > 0
            more = sum(other.bytes for other in remembered) // FEWEST_CHARS
            more += (quoted + len(remembered)) * most
            times = scale * question.calls
            given.lower += sums[0] * scale
            given.expected += sums[1] * times
            given.upper += (sums[3] + FILES * sums[4] + more * len(pairs)) * times * TRIES
            said.lower += (len(pairs) if sure else 0) * scale
            said.expected += sums[2] * times
            said.upper += most * len(pairs) * times * TRIES

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
