"""What an account lets itself spend, or is let: per month, per job, and per month by each of its API keys.

Amounts are hundredths of a credit. A limit holds for what is charged and what is held together, so that jobs
side by side cannot pass it: whoever holds more writes under the condition that nobody else has meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """None: no limit."""

    per_month: int | None = None
    per_job: int | None = None


@dataclass(frozen=True)
class AccountLimits:
    """Those of an account's owner, and those of whoever runs this Perch: of two the lower one holds."""

    own: Limits = field(default_factory=Limits)
    house: Limits = field(default_factory=Limits)
    keys: Mapping[str, int] = field(default_factory=dict)
    """Of what is spent by API keys in a month, by their ids."""
    version: int = 0

    @property
    def per_month(self) -> int | None:
        """Return what the account may spend in a month."""
        return _lower(self.own.per_month, self.house.per_month)

    @property
    def per_job(self) -> int | None:
        """Return what one job may cost, all its runs together."""
        return _lower(self.own.per_job, self.house.per_job)


def _lower(one: int | None, other: int | None) -> int | None:
    limits = [limit for limit in (one, other) if limit is not None]
    return min(limits, default=None)
