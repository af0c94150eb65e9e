"""The models that this Perch offers, and when providers are to be asked for them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

KEPT = 86_400_000
"""Milliseconds for which a list is good."""


@dataclass(frozen=True)
class Offer:
    """The models by service, as they were last asked for."""

    models: Mapping[str, list[str]]
    table: str
    """The version of the operator's table whose services were asked; empty: none."""
    made_at: int
    """In milliseconds since 1970."""
    limits: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Requests and tokens a minute that services take, as the table or edsl has them."""

    def is_due(self, table: str, now: int) -> bool:
        """Tell whether providers are to be asked again: after a day, and where the table is another one."""
        return self.table != table or now - self.made_at >= KEPT


NO_OFFER = Offer({"test": ["test"]}, "", 0)
"""edsl's own model is there before anybody was asked."""
