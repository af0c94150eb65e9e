"""What one interview costs: what is expected, and the most that it can."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from chalicelib.domain.credits.funding import FINE, Forecast
from chalicelib.domain.credits.money import TOKENS_PER_PRICE, UNITS_PER_USD
from chalicelib.domain.json_types import Json

CHARACTERS, FEWEST_CHARACTERS = 4, 2
"""Of a token: as EDSL reckons, and at the least, in languages of other letters."""
ANSWERED = Decimal("0.75")
"""Tokens of an answer for each of its prompt, as EDSL reckons."""
AROUND = 2_000
"""Characters that EDSL puts around a question at the most: what kind of answer is wanted, and how."""
TRIES = 2
"""Paid for: an answer that does not fit its question is asked for once more."""
USUAL_ANSWER = 4_096
"""Tokens of an answer at the most, where its model says nothing."""
LARGEST_ANSWER = 1_000_000
"""No model answers with more, whatever a job says."""
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "max_new_tokens")


@dataclass(frozen=True)
class Sizes:
    """Bytes of a job's questions, and of an agent and a scenario together: the largest, and usual ones."""

    questions: Sequence[int]
    largest: int
    usual: int


@dataclass(frozen=True)
class Priced:
    """What a model may say at the most, in tokens, and US dollars per million of them."""

    answer: int
    input: Decimal
    output: Decimal


def forecast(sizes: Sizes, models: Sequence[Priced]) -> Forecast:
    """Return what an interview costs, of the dearest of its models the most."""
    each = [(_expected(sizes, model), _most(sizes, model)) for model in models]
    expected = sum((one for one, _ in each), Decimal()) / max(1, len(each))
    return Forecast(_fine(expected), _fine(max((most for _, most in each), default=Decimal())))


def most_of_an_answer(parameters: Json) -> int:
    """Return how many tokens a model may answer a question with."""
    said = [parameters.get(name) for name in LIMITS] if isinstance(parameters, dict) else []
    limits = [limit for limit in said if isinstance(limit, int) and limit > 0]
    return min(max(limits, default=USUAL_ANSWER), LARGEST_ANSWER)


def _expected(sizes: Sizes, model: Priced) -> Decimal:
    asked = sum((size + sizes.usual) // CHARACTERS for size in sizes.questions)
    return asked * (model.input + ANSWERED * model.output)


def _most(sizes: Sizes, model: Priced) -> Decimal:
    asked = sum((size + sizes.largest + AROUND) // FEWEST_CHARACTERS for size in sizes.questions)
    return TRIES * (asked * model.input + len(sizes.questions) * model.answer * model.output)


def _fine(price_times_tokens: Decimal) -> int:
    usd = price_times_tokens / TOKENS_PER_PRICE
    return int((usd * UNITS_PER_USD * FINE).to_integral_value(ROUND_CEILING))
