"""What an account has spent in a month, and on which models: so that nobody need read a ledger to know.

It is counted in the transaction that enters a charge or a payment, and never otherwise: over all months it is
what these entries come to. Months are UTC's, as those of limits are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from chalicelib.domain.credits.money import Usage, shares

MOST_MODELS = 50
"""In a month; of further ones no more is known than what all of them have cost together."""
LONGEST_NAME = 120
"""Of a service and a model: a job chooses them."""


@dataclass(frozen=True)
class SpentMonth:
    """Amounts are hundredths of a credit."""

    month: str
    """``2026-11``."""
    spent: int = 0
    models: Mapping[str, int] = field(default_factory=dict)
    """By service and model, as ``openai gpt-4o``."""
    version: int = 0
    """0: nothing is kept of it yet."""

    @property
    def other(self) -> int:
        """Return what was spent on nothing that is named here: payments, and further models."""
        return self.spent - sum(self.models.values())

    def after(self, spent: int, models: Mapping[str, int]) -> Self:
        """Return it after more was spent, on these models as far as it was on models."""
        counted = dict(self.models)
        for name, amount in models.items():
            if name in counted or len(counted) < MOST_MODELS:
                counted[name] = counted.get(name, 0) + amount
        return type(self)(self.month, self.spent + spent, counted, self.version + 1)


def by_model(usages: Iterable[Usage], charged: int) -> dict[str, int]:
    """Share a charge out to the models that it is for; what costs nothing is left out."""
    lines = list(usages)
    found: dict[str, int] = {}
    for usage, amount in zip(lines, shares(lines, charged), strict=True):
        name = f"{usage.service} {usage.model}"[:LONGEST_NAME]
        found[name] = found.get(name, 0) + amount
    return {name: amount for name, amount in found.items() if amount}
