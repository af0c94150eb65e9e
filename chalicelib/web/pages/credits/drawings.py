"""What was spent, drawn: by month, and by model within one."""

from collections import Counter
from collections.abc import Sequence

from chalicelib.domain.credits.money import UNITS_PER_CREDIT
from chalicelib.domain.credits.month import SpentMonth
from chalicelib.web.plots import Drawing, Series, bars, columns

NAMED = 5
"""Models with a colour of their own."""
MOST_BARS = 20
OTHER = "other"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
A_YEAR = 12
FEWEST_MONTHS = 6
"""Else one month would be a bar as wide as the page."""


def month_name(month: str) -> str:
    """Write ``2026-11`` as ``November 2026``."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def by_month(months: Sequence[SpentMonth], current: str) -> Drawing:
    """Draw what each month has cost, those without any, too, with the dearest models apart."""
    found = {month.month: month for month in months}
    shown = [found.get(name, SpentMonth(name)) for name in _through(months[0].month, current)]
    totals = Counter[str]()
    for month in shown:
        totals.update(month.models)
    dearest = [name for name, _ in totals.most_common(NAMED)]
    series = [Series(name, [_credits(month.models.get(name, 0)) for month in shown]) for name in dearest]
    rest = [month.spent - sum(month.models.get(name, 0) for name in dearest) for month in shown]
    if any(rest) or not series:
        series.append(Series(OTHER if series else "Credits", [_credits(amount) for amount in rest]))
    labels = [_short(month.month) for month in shown]
    return columns("Credits by month", labels, series, of="Month", unit="Credits", stacked=True)


def by_model(month: SpentMonth) -> Drawing | None:
    """Draw what a month has cost by model, the dearest first; None: nothing is known of models."""
    dearest = sorted(month.models.items(), key=lambda each: -each[1])[:MOST_BARS]
    if not dearest:
        return None
    rest = month.spent - sum(amount for _, amount in dearest)
    told = [*dearest, *([(OTHER, rest)] if rest else [])]
    series = [Series("Credits", [_credits(amount) for _, amount in told])]
    name = f"Credits by model in {month_name(month.month)}"
    return bars(name, [model for model, _ in told], series, of="Model", unit="Credits")


def _through(first: str, last: str) -> list[str]:
    """Return the names of all months from one to another, and some before: half a year to a year."""
    year, month = map(int, last.split("-"))
    names: list[str] = []
    while len(names) < FEWEST_MONTHS or (len(names) < A_YEAR and names[-1] > first):
        names.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, A_YEAR)
    return names[::-1]


def _short(month: str) -> str:
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1][:3]} {year}"


def _credits(units: int) -> float:
    return units / UNITS_PER_CREDIT
