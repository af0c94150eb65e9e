"""Who has held a slice, from when to when, and how that ended: kept with the slice, for the operator."""

from dataclasses import dataclass, replace
from enum import StrEnum

MOST_HOLDINGS = 8
"""Of one slice; the latest ones. A lease's renewal writes them each time."""


class HoldingEnd(StrEnum):
    """How a worker came to hold a slice no more."""

    RECORDED = "recorded"
    RECORDED_IN_PART = "recorded in part"
    """What is left of it is a slice of its own."""
    MADE_ROOM = "made room"
    """For another account's slice."""
    WAITED = "waited for a provider's limit"
    OUT_OF_TIME = "ran out of time"
    LEASE_LOST = "lease lost"
    """It was silent for longer than its lease."""


@dataclass(frozen=True)
class Holding:
    """One claim of a slice. Times are milliseconds since 1970."""

    claim: int
    by: str
    """What its worker's log is found by."""
    since: int
    until: int = 0
    """0: it still goes on."""
    ended: HoldingEnd | None = None


def begun(
    holdings: tuple[Holding, ...], *, claim: int, by: str, at: int, lost_at: int
) -> tuple[Holding, ...]:
    """Return the holdings of a slice that somebody has claimed; one before that never ended was lost."""
    return (*ended(holdings, HoldingEnd.LEASE_LOST, at=lost_at), Holding(claim, by, at))[-MOST_HOLDINGS:]


def ended(holdings: tuple[Holding, ...], how: HoldingEnd, *, at: int) -> tuple[Holding, ...]:
    """Return the holdings of a slice when the last one has ended, unless it had."""
    if not holdings or holdings[-1].ended is not None:
        return holdings
    return (*holdings[:-1], replace(holdings[-1], until=at, ended=how))
