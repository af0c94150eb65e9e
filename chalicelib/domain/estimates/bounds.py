"""The most that one interview can cost: what is held before it is begun.

It is meant to be too much rather than too little. A template that repeats a scenario's value again and again
can still pass it; what a run costs beyond what was held for it nobody is charged for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from chalicelib.domain.credits.funding import FINE
from chalicelib.domain.credits.money import TOKENS_PER_PRICE, UNITS_PER_USD
from chalicelib.domain.estimates.asked import FEWEST_CHARS, TRIES

AROUND = 2_000
"""Characters that EDSL puts around a question at the most: what kind of answer is wanted, and how."""


@dataclass(frozen=True)
class Sizes:
    """Bytes of a job's questions, and of its largest agent and scenario together."""

    questions: Sequence[int]
    largest: int


@dataclass(frozen=True)
class Priced:
    """What a model may answer at the most, in tokens, and US dollars per million of them."""

    answer: int
    input: Decimal
    output: Decimal


def bound(sizes: Sizes, models: Sequence[Priced]) -> int:
    """Return what an interview costs at the most, in fine units, with the dearest of its models."""
    most = max((_most(sizes, model) for model in models), default=Decimal())
    usd = most / TOKENS_PER_PRICE
    return int((usd * UNITS_PER_USD * FINE).to_integral_value(ROUND_CEILING))


def _most(sizes: Sizes, model: Priced) -> Decimal:
    asked = sum((size + sizes.largest + AROUND) // FEWEST_CHARS for size in sizes.questions)
    return TRIES * (asked * model.input + len(sizes.questions) * model.answer * model.output)
