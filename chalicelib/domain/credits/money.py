"""Tokens, prices and credits.

One credit is 100 units and one US cent; money is kept as whole units (P4). Token counts are
exact; rounding happens once a run, and its lines are shares of the rounded sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from chalicelib.domain.errors import InvalidRequestError

UNITS_PER_CREDIT = 100
MOST_CREDITS = 10**10
"""A hundred million dollars, and no number that a table or a page cannot write."""
UNITS_PER_USD = 10_000
TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True)
class Usage:
    """Tokens that were paid for, of one kind of one model at one price.

    ``price`` is US dollars per million tokens as a decimal string: DynamoDB takes no floats.
    """

    service: str
    model: str
    token_type: str
    price: str
    tokens: int

    @property
    def usd(self) -> Decimal:
        """Return what these tokens cost, exactly."""
        return Decimal(self.tokens) * Decimal(self.price) / TOKENS_PER_PRICE


def usage_of(
    row: Mapping[str, Any], *, cached: bool = False, brought: Mapping[str, tuple[str, str]] | None = None
) -> list[Usage]:
    """Read from a canonical row what its answers used that were paid for, or those that were cached.

    Answers without a price cost nothing. ``brought`` are service and model of the questions that do not ask
    the row's, by the questions' names.
    """
    brought = brought or {}
    responses = row.get("raw_model_response") or {}
    cache_used = row.get("cache_used_dict") or {}
    model = row.get("model") or {}
    suffix = "_raw_model_response"
    usages = []
    for question_name in (name.removesuffix(suffix) for name in responses if name.endswith(suffix)):
        if bool(cache_used.get(question_name)) is not cached:
            continue
        own = (str(model.get("inference_service", "")), str(model.get("model", "")))
        service, name = brought.get(question_name, own)
        outputs = _tokens(responses, f"{question_name}_output_tokens") + _tokens(
            responses, f"{question_name}_thinking_tokens"
        )
        for token_type, tokens in (
            ("input", _tokens(responses, f"{question_name}_input_tokens")),
            ("output", outputs),
        ):
            price = responses.get(f"{question_name}_{token_type}_price_per_million_tokens")
            if tokens:
                usages.append(
                    Usage(
                        service=service,
                        model=name,
                        token_type=token_type,
                        price=str(Decimal(str(price or 0))),
                        tokens=tokens,
                    )
                )
    return usages


def _tokens(responses: Mapping[str, Any], name: str) -> int:
    tokens = responses.get(name)
    return int(tokens) if isinstance(tokens, (int, float)) else 0


def merge_usages(left: Iterable[Usage], right: Iterable[Usage]) -> tuple[Usage, ...]:
    """Add up tokens of the same kind, model and price."""
    kinds: dict[tuple[str, str, str, str], Usage] = {}
    for item in (*left, *right):
        key = (item.service, item.model, item.token_type, item.price)
        before = kinds.get(key)
        kinds[key] = replace(before, tokens=before.tokens + item.tokens) if before else item
    return tuple(kinds.values())


def units(usages: Iterable[Usage]) -> int:
    """Return what a run consumed, in hundredths of a credit: the exact sum, rounded up once."""
    usd = sum((usage.usd for usage in usages), Decimal())
    return int((usd * UNITS_PER_USD).to_integral_value(ROUND_CEILING))


def units_by_line(usages: Iterable[Usage]) -> int:
    """Return the same with each line rounded up for itself, as runs of an earlier Perch were told."""
    return sum(units([usage]) for usage in usages)


def shares(usages: Sequence[Usage], total: int) -> list[int]:
    """Share a run's cost out to its tokens, so that the parts add up to it: largest remainders first.

    ``total`` is what ``units`` says, or less where the run was not charged all of it.
    """
    wanted = [usage.usd * UNITS_PER_USD for usage in usages]
    if total < (whole := sum(wanted, Decimal())):
        wanted = [each * total / whole for each in wanted]
    parts = [int(each) for each in wanted]
    by_remainder = sorted(range(len(wanted)), key=lambda place: (parts[place] - wanted[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def units_of(amount: Decimal) -> int:
    """Return an amount of credits in units. Raises InvalidRequestError for one that is none, or is finer."""
    if not amount.is_finite() or abs(amount) > MOST_CREDITS:
        raise InvalidRequestError(f"An amount of credits is a number up to {MOST_CREDITS:,}.")
    units = amount * UNITS_PER_CREDIT
    if units != units.to_integral_value():
        raise InvalidRequestError(f"{amount} credits are finer than 0.01, and there is nothing finer.")
    return int(units)


def credits_number(amount: int) -> str:
    """Write an amount of units as a number of credits: ``2``, ``0``, ``0.07``."""
    whole = Decimal(amount) / UNITS_PER_CREDIT
    return f"{whole.normalize():f}"
