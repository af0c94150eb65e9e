"""What a job will cost, before anything of it is asked: EDSL's own estimate, and between what it may be.

EDSL takes four characters for a token, double where a prompt has something that cannot be filled in yet, and
three quarters of a prompt's tokens for its answer. Each model's input and output are rounded up for
themselves, to hundredths of a credit.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from chalicelib.domain.credits.expected import ExpectedTokens
from chalicelib.domain.estimates.asked import Asked, Load, Sample, most_output, thinks
from chalicelib.domain.json_types import Document
from chalicelib.domain.prices.table import TOKENS, PriceTable

SAMPLE = 5000
"""Prompts that are looked at; where a job has more, they stand for all."""


@dataclass
class Tokens:
    """Of one kind and one model: what is expected, and between what bounds."""

    lower: Fraction = field(default_factory=Fraction)
    expected: Fraction = field(default_factory=Fraction)
    upper: Fraction = field(default_factory=Fraction)


@dataclass(frozen=True)
class Estimate:
    """What a job will cost, in hundredths of a credit."""

    lower: int
    expected: int
    upper: int
    interviews: int
    input_tokens: int
    output_tokens: int
    sampled: int
    """Combinations of agent and scenario that were looked at; 0: all."""
    models: tuple[tuple[str, str], ...]
    """All that are asked, by service."""
    reasoning: tuple[tuple[str, str], ...]
    """Models that think before they answer, by service: nobody knows for how long."""
    unpriced: tuple[tuple[str, str], ...]
    """Models whose price nobody knows, by service."""
    skips: bool
    """Rules may leave questions out."""
    filtered: bool
    """An expression may leave out interviews."""
    may_be_cached: bool
    has_files: bool
    revision: str
    lines: tuple[ExpectedTokens, ...] = ()
    """What is expected of each model and kind of token."""


def estimate(sample: Sample, table: PriceTable) -> Estimate:
    """Estimate a job by a table of prices."""
    asked = Asked(sample)
    kinds = _Kinds(table)
    pairs, whole = _pairs(sample, max(1, SAMPLE // max(1, len(asked.questions))))
    each = Fraction(sample.interviews, len(pairs))
    for own, load in asked.loads(pairs):
        if own is not None:
            kinds.add(own, load, each)
            continue
        for model, share in _shares(sample):
            kinds.add(model, load, share * each)
    sums = kinds.units()
    return Estimate(
        *sums,
        interviews=sample.interviews,
        input_tokens=kinds.total("input"),
        output_tokens=kinds.total("output"),
        sampled=0 if whole and sample.whole else len(pairs),
        models=tuple(sorted(kinds.models)),
        reasoning=tuple(sorted(kinds.reasoning)),
        unpriced=tuple(sorted(name for name in kinds.models if not table.has(*name))),
        skips=asked.skips,
        filtered=sample.filtered,
        may_be_cached=sample.may_be_cached,
        has_files=asked.has_files,
        revision=table.revision,
        lines=kinds.lines(),
    )


def units_of(tokens: int, per_million: float) -> int:
    """Return what EDSL takes some tokens to cost, in hundredths of a credit, with its floating point.

    30 tokens at US$10 are 4 and not 3 of them, as clients expect.
    """
    return math.ceil(tokens * (per_million / TOKENS) * 100 * 100)


class _Kinds:
    """Sums by service, model and kind of token."""

    def __init__(self, table: PriceTable) -> None:
        self._table = table
        self._sums: dict[tuple[str, str, str], Tokens] = {}
        self.reasoning: set[tuple[str, str]] = set()

    @property
    def models(self) -> set[tuple[str, str]]:
        return {(service, model) for service, model, _ in self._sums}

    def add(self, model: Document, load: Load, scale: Fraction) -> None:
        """Add what a model is asked for, so many times."""
        service, name = str(model.get("inference_service")), str(model.get("model"))
        if thinks(model):
            self.reasoning.add((service, name))
        most = most_output(model)
        given = self._sums.setdefault((service, name, "input"), Tokens())
        given.lower += load.least_input * scale
        given.expected += load.input * scale
        given.upper += (load.most_input + load.answers_quoted * most) * scale
        said = self._sums.setdefault((service, name, "output"), Tokens())
        said.lower += load.least_output * scale
        said.expected += load.output * scale
        said.upper += load.answers * most * scale

    def total(self, kind: str) -> int:
        """Return all tokens of a kind that are expected."""
        return sum(math.ceil(tokens.expected) for key, tokens in self._sums.items() if key[2] == kind)

    def lines(self) -> tuple[ExpectedTokens, ...]:
        """Return what is expected, by service, model and kind."""
        return tuple(
            ExpectedTokens(*key, tokens := math.ceil(sums.expected), units_of(tokens, self._price(*key)))
            for key, sums in self._sums.items()
        )

    def units(self) -> tuple[int, int, int]:
        """Return the lower bound, what is expected, and the upper bound, each kind rounded up for itself."""
        sums = [0, 0, 0]
        for (service, model, kind), tokens in self._sums.items():
            price = self._price(service, model, kind)
            for place, number in enumerate((tokens.lower, tokens.expected, tokens.upper)):
                sums[place] += units_of(math.ceil(number), price)
        lower, expected, upper = sums
        return min(lower, expected), expected, max(upper, expected)

    def _price(self, service: str, model: str, kind: str) -> float:
        return self._table.price_of(service, model).per_million("input" if kind == "input" else "output")


def _pairs(sample: Sample, most: int) -> tuple[list[tuple[int, int]], bool]:
    """Return which agents and scenarios to look at together, and whether these are all."""
    agents, scenarios = max(1, len(sample.agents)), max(1, len(sample.scenarios))
    # The same job has the same estimate whenever it is asked for.
    chosen = random.Random(agents * scenarios)
    if sample.triples:
        listed = [(a, s) for a, s, _ in sample.triples if a < agents and s < scenarios] or [(0, 0)]
        return (listed, True) if len(listed) <= most else (chosen.sample(listed, most), False)
    number = agents * scenarios
    if number <= most:
        return [(place // scenarios, place % scenarios) for place in range(number)], True
    places = chosen.sample(range(number), most)
    return [(place // scenarios, place % scenarios) for place in places], False


def _shares(sample: Sample) -> Iterator[tuple[Document, Fraction]]:
    """Yield the models and what part of all interviews is each one's."""
    if not sample.triples:
        yield from ((model, Fraction(1, len(sample.models))) for model in sample.models)
        return
    counts: dict[int, int] = {}
    for _, _, place in sample.triples:
        counts[place] = counts.get(place, 0) + 1
    for place, count in counts.items():
        if place < len(sample.models):
            yield sample.models[place], Fraction(count, len(sample.triples))
