"""What runs made of an account's cache, day by day or month by month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.domain.accounts import Caller
from chalicelib.domain.cache.usage import CacheUse
from chalicelib.services.cache.browse import CacheStatistics
from chalicelib.services.deps import deps

MOST_RUNS = 2_000
"""So many of the latest runs are looked at: two requests."""
MOST_PERIODS = 31


class Step(StrEnum):
    """What is summed up together."""

    DAY = "day"
    MONTH = "month"


FORMS = {Step.DAY: "%Y-%m-%d", Step.MONTH: "%Y-%m"}


@dataclass(frozen=True)
class Period:
    """A day or a month in UTC, and what the runs that ended in it made of the cache."""

    name: str
    """``2026-11-29`` or ``2026-11``."""
    made_of_it: CacheStatistics


@dataclass(frozen=True)
class Savings:
    """What the latest runs made of a cache."""

    total: CacheStatistics
    periods: tuple[Period, ...]
    """The newest first; those in which no run ended are left out."""
    all_runs: bool


def savings(account: Caller, step: Step) -> Savings:
    """Tell what the latest runs made of an account's cache."""
    found = deps().cache_log.latest_uses(account.account_id, at_most=MOST_RUNS)
    by_period: dict[str, list[CacheUse]] = defaultdict(list)
    for each in found:
        by_period[datetime.fromtimestamp(each.at / 1000, UTC).strftime(FORMS[step])].append(each.use)
    periods = [Period(name, CacheStatistics.of(uses)) for name, uses in sorted(by_period.items())]
    return Savings(
        CacheStatistics.of([each.use for each in found]),
        tuple(reversed(periods[-MOST_PERIODS:])),
        len(found) < MOST_RUNS,
    )
