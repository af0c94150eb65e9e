"""What a job will cost, before anything of it is asked: EDSL's own estimate, and between what it may be.

EDSL takes four characters for a token, double where a prompt has something that cannot be filled in yet, and
three quarters of a prompt's tokens for its answer. Each model's input and output are rounded up for
themselves, to hundredths of a credit.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.domain.credits.asked import Asked, Sample, Tokens, thinks
from chalicelib.domain.credits.prices import TOKENS, PriceTable
from chalicelib.domain.json_types import Document

SAMPLE = 5000
"""Prompts that are looked at; where a job has more, they stand for all."""


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


def estimate(sample: Sample, table: PriceTable) -> Estimate:
    """Estimate a job by a table of prices."""
    asked = Asked(sample)
    kinds = _Kinds(table)
    pairs, whole = _pairs(sample, max(1, SAMPLE // max(1, len(asked.questions))))
    for model, share in _shares(sample):
        scale = share * sample.interviews / len(pairs)
        asked.add_to(kinds.of, model, pairs, scale)
    sums = kinds.units()
    return Estimate(
        *sums,
        interviews=sample.interviews,
        input_tokens=kinds.total("input"),
        output_tokens=kinds.total("output"),
        sampled=0 if whole and sample.whole else len(pairs),
        reasoning=tuple(sorted(kinds.reasoning)),
        unpriced=tuple(sorted(name for name in kinds.models if not table.has(*name))),
        skips=asked.skips,
        filtered=sample.filtered,
        may_be_cached=sample.may_be_cached,
        has_files=asked.has_files,
        revision=table.revision,
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

    def of(self, model: Document) -> tuple[Tokens, Tokens]:
        """Return the sums of a model's input and output, to be added to."""
        service, name = str(model.get("inference_service")), str(model.get("model"))
        if thinks(model):
            self.reasoning.add((service, name))
        given, said = ((service, name, kind) for kind in ("input", "output"))
        return self._sums.setdefault(given, Tokens()), self._sums.setdefault(said, Tokens())

    def total(self, kind: str) -> int:
        """Return all tokens of a kind that are expected."""
        return sum(math.ceil(tokens.expected) for key, tokens in self._sums.items() if key[2] == kind)

    def units(self) -> tuple[int, int, int]:
        """Return the lower bound, what is expected, and the upper bound, each kind rounded up for itself."""
        sums = [0, 0, 0]
        for (service, model, kind), tokens in self._sums.items():
            price = self._table.price_of(service, model).per_million("input" if kind == "input" else "output")
            for place, number in enumerate((tokens.lower, tokens.expected, tokens.upper)):
                sums[place] += units_of(math.ceil(number), price)
        lower, expected, upper = sums
        return min(lower, expected), expected, max(upper, expected)


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
