"""How many interviews a run may have in work with what is held for it.

Before an interview is begun, the most that it can cost is held: its bound. What a run has spent is known
only afterwards, so what is held covers what was spent and the bounds of what is in work. Each slice that
is recorded frees the difference for the next ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from chalicelib.domain.credits.expected import ExpectedTokens
from chalicelib.domain.credits.money import UNITS_PER_USD, Usage

FINE = 1_000_000
"""Fine units in a hundredth of a credit: a token may cost less than one of those. Whole numbers of them say
exactly what a token costs at any price per million of four decimals."""
SHARE = 4
"""Of what is available a run holds a fourth at the most beyond what it is expected to cost: an account's
other jobs find something, too."""
GROWTH = 8
"""What is held grows by an eighth at least, so that a run of thousands of slices makes few entries."""


@dataclass(frozen=True)
class Forecast:
    """What one interview of a job costs, in fine units."""

    expected: int
    bound: int
    """The most: all tokens that its model may say, each question tried as often as it may be."""
    lines: tuple[ExpectedTokens, ...] = ()
    """What so many ``interviews`` are expected to use; a run of an earlier Perch has none."""
    interviews: int = 0

    def expected_units(self, interviews: int) -> int:
        """Return what so many are expected to cost, in hundredths of a credit, rounded up."""
        return -(-self.expected * interviews // FINE)


@dataclass(frozen=True)
class Funding:
    """What is held for a run, in hundredths of a credit, and what its interviews may cost."""

    forecast: Forecast
    held: int = 0
    earlier: int = 0
    """What the job's runs before it have cost: a limit may be for all of them."""
    charged: int | None = None
    """What its end has come to; nothing is held any more then."""

    def hold(self, further: int) -> "Funding":
        """Return it with so much more held."""
        return replace(self, held=self.held + further)

    def settled(self, charged: int) -> "Funding":
        """Return it as it is after its run's end."""
        return replace(self, held=0, charged=charged)


@dataclass(frozen=True)
class Wish:
    """What a run has done, and would do next."""

    spent: int
    """In fine units."""
    in_work: int
    """Interviews that are begun."""
    further: int
    """Interviews that it would begin besides."""
    together: int
    """Those of one slice: fewer are begun only where nothing is in work."""


def most_at_once(forecast: Forecast) -> int:
    """Return what one interview may cost, in hundredths of a credit, rounded up."""
    return -(-forecast.bound // FINE)


def spent(usages: Iterable[Usage]) -> int:
    """Return what tokens have cost, in fine units, rounded up."""
    usd = sum((usage.usd for usage in usages), Decimal())
    return int((usd * UNITS_PER_USD * FINE).to_integral_value(ROUND_CEILING))


def affordable(funding: Funding, wish: Wish, available: int) -> int:
    """Return how many of the further interviews may be begun.

    ``available`` is what the account could hold besides. A run that stands still is given all of it
    for one interview, if it takes that.
    """
    bound = funding.forecast.bound
    if not bound:
        return wish.further
    most = _most(funding, wish, available)
    begun = min(wish.further, max(0, (most * FINE - wish.spent) // bound - wish.in_work))
    if begun == wish.further or (begun < wish.together and not wish.in_work):
        return begun
    return begun - begun % wish.together


def further_hold(funding: Funding, wish: Wish, begun: int, available: int) -> int:
    """Return how much more is to be held for so many interviews to be begun."""
    lacking = _needed(funding, wish, begun) - funding.held
    if lacking <= 0:
        return 0
    return max(lacking, min(funding.held // GROWTH, _most(funding, wish, available) - funding.held))


def _most(funding: Funding, wish: Wish, available: int) -> int:
    """Return what may be held for a run altogether."""
    most = funding.held + available // SHARE
    if wish.in_work:
        return most
    return max(most, min(_needed(funding, wish, 1), funding.held + available))


def _needed(funding: Funding, wish: Wish, begun: int) -> int:
    """Return what has to be held for what was spent, for what is in work, and for so many more."""
    return -(-(wish.spent + funding.forecast.bound * (wish.in_work + begun)) // FINE)
