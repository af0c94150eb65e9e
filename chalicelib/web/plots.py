"""Plots as Vega-Lite draws them: made of numbers counted already, which stand beside each in a table.

A specification says what is drawn and nothing of how it looks: colours are the page's, light or dark
(``static/perch-plots.js``). What strangers wrote stands in its data only, which is never evaluated.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.spreadsheet import csv_text

LONGEST_LABEL = 80
LONGEST_FILE_NAME = 40
UPRIGHT_HEIGHT, TALLEST = 260, 3_000
ROW, THIN_ROW, GAP, AXIS, LEGEND_ROW = 28, 13, 10, 52, 22
"""Heights in pixels: of a bar; of one of several, and what is between these; what stands below and above."""
TICKS = 6
NAMES_A_ROW = 2
"""In the legend, on a phone."""


@dataclass(frozen=True)
class Series:
    """What is drawn in one colour: a number for each of a plot's labels."""

    name: str
    numbers: Sequence[float]


@dataclass(frozen=True)
class Drawing:
    """A plot: its specification, and its numbers as a table."""

    name: str
    """What it shows; its files are called so, too."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[float, ...]], ...]
    """What numbers are of, and one for each of the head's columns after the first."""
    spec: Document

    @property
    def height(self) -> int:
        """Return how high it is: so much room is kept, that nothing jumps when it is drawn."""
        height: int = self.spec["height"]
        return height

    @property
    def csv(self) -> str:
        """Return its numbers as an address that a browser keeps as a file."""
        lines = csv_text([self.head, *((label, *numbers) for label, numbers in self.rows)])
        return "data:text/csv;charset=utf-8," + quote(lines, errors="replace")

    @property
    def file_name(self) -> str:
        """Return what its files are called, without their ending."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())[:LONGEST_FILE_NAME].strip("-") or "plot"


def bars(
    name: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    of: str = "Answer",
    unit: str = "Answers",
    stacked: bool = False,
) -> Drawing:
    """Return bars that lie, one below the other, in their labels' order: there is room for long ones."""
    several = len(series) > 1 and not stacked
    thick = max(ROW, THIN_ROW * len(series) + GAP) if several else ROW
    height = min(TALLEST, thick * len(labels) + AXIS + _legend_height(series))
    along = {"x": _amount(series, unit), "y": {**_LABEL, "axis": {"title": None, "ticks": False}}}
    if several:
        along["yOffset"] = _SIDE_BY_SIDE
    return _drawn(name, of, labels, series, {"height": height, "mark": {"type": "bar"}, "encoding": along})


def columns(
    name: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    of: str = "Month",
    unit: str = "Answers",
    stacked: bool = False,
) -> Drawing:
    """Return bars that stand, side by side, in the order of their labels: for months, and what is short."""
    along = {"x": {**_LABEL, "axis": _FLAT}, "y": _amount(series, unit)}
    if len(series) > 1 and not stacked:
        along["xOffset"] = _SIDE_BY_SIDE
    return _upright(name, of, labels, series, {"mark": {"type": "bar"}, "encoding": along})


def histogram(
    name: str, ends: Sequence[float], series: Sequence[Series], *, unit: str = "Answers"
) -> Drawing:
    """Return how many numbers are in each bin; ``ends``: where each begins, and where the last one ends."""
    of = "From – to"
    labels = [f"{low:g} – {high:g}" for low, high in pairwise(ends)]
    if len(series) > 1:
        return columns(name, labels, series, of=of, unit=unit)
    along = {
        "x": {"field": "low", "bin": {"binned": True}, "type": "quantitative", "axis": _FLAT},
        "x2": {"field": "high"},
        "y": _amount(series, unit),
    }
    made = _upright(name, of, labels, series, {"mark": {"type": "bar"}, "encoding": along})
    for entry, low, high in zip(made.spec["data"]["values"], ends, ends[1:], strict=False):
        entry |= {"low": low, "high": high}
    return made


_LABEL: Document = {"field": "label", "type": "nominal", "sort": None}
_SIDE_BY_SIDE: Document = {"field": "series", "sort": None}
_FLAT: Document = {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "grid": False}


def _amount(series: Sequence[Series], unit: str) -> Document:
    whole = all(number == int(number) for one in series for number in one.numbers)
    axis: Document = {"title": unit, "tickCount": TICKS}
    axis |= {"format": ",d", "tickMinStep": 1} if whole else {"format": ",.3~r"}
    return {"field": "number", "type": "quantitative", "axis": axis}


def _legend_height(series: Sequence[Series]) -> int:
    return LEGEND_ROW * -(-len(series) // NAMES_A_ROW) if len(series) > 1 else 0


def _upright(name: str, of: str, labels: Sequence[str], series: Sequence[Series], drawn: Document) -> Drawing:
    height = UPRIGHT_HEIGHT + _legend_height(series)
    return _drawn(name, of, labels, series, {"height": height, **drawn})


def _drawn(name: str, of: str, labels: Sequence[str], series: Sequence[Series], drawn: Document) -> Drawing:
    colours = _told_apart([one.name for one in series])
    entries = [
        {"label": label, "series": colour, "number": one.numbers[place]}
        for place, label in enumerate(_told_apart(labels))
        for one, colour in zip(series, colours, strict=True)
    ]
    told = [{"field": "label", "title": of}, {"field": "series", "title": "Of"}, {"field": "number"}]
    encoding = {**drawn["encoding"], "tooltip": told}
    if len(series) > 1:
        legend = {"orient": "top", "title": None}
        encoding["color"] = {"field": "series", "type": "nominal", "sort": None, "legend": legend}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": entries},
        **drawn,
        "encoding": encoding,
    }
    rows = [(label, tuple(one.numbers[place] for one in series)) for place, label in enumerate(labels)]
    return Drawing(name, (of, *(one.name for one in series)), tuple(rows), spec)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names cut to what a plot has room for, no two of them the same: else they would be one bar."""
    cut: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        short = name if len(name) <= LONGEST_LABEL else f"{name[:LONGEST_LABEL]} …"
        short = f"{short} ({place})" if short in taken else short
        taken.add(short)
        cut.append(short)
    return cut
