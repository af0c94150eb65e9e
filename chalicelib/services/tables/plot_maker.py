"""Counts answers in the way that shows them best: bars of choices, a histogram of numbers, words of texts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.json_types import Document
from chalicelib.domain.results.cells import Group, Name, spelled
from chalicelib.domain.results.columns import Column, Kind, Layout
from chalicelib.domain.results.table_query import Counted, Counting, CountQuery, Counts, Filter, Rule
from chalicelib.services.deps import deps
from chalicelib.services.tables.readable import ReadableTable, in_bounds

MOST_BARS = 30
BINS, BINS_BESIDE_OTHERS = 20, 10
FEW = 15
"""Different whole numbers, or texts, that are shown as bars."""
MOST_OPTIONS = 100


class PlotKind(StrEnum):
    """How a question's answers are shown."""

    BARS = "bars"
    HISTOGRAM = "histogram"
    WORDS = "words"


KINDS = {Counting.BINS: PlotKind.HISTOGRAM, Counting.WORDS: PlotKind.WORDS}


@dataclass(frozen=True)
class Plot:
    """What a question's answers come to."""

    question: str
    text: str | None
    question_type: str | None
    kind: PlotKind
    present: int
    """Interviews with an answer."""
    missing: int
    """Without one: it was skipped, or failed."""
    failed: int
    """Whose question met an exception."""
    values: tuple[str, ...]
    """Bars or words; of a histogram where its bins begin, and where the last one ends."""
    series: tuple[str | None, ...]
    """What it is split by; one None if it is not."""
    counts: tuple[tuple[int, ...], ...]
    """Of each series, one a bar, word or bin."""
    not_shown: int
    """How many different values, or words, there are besides, less frequent ones."""
    of_lists: bool = False
    """Answers are lists, and what is counted are their items."""
    splits_not_shown: int = 0
    """By how many further values it would be split: what has these is in none of the counts."""


@dataclass(frozen=True)
class PlotMaker:
    """Makes the plots of some results, all split and filtered alike."""

    found: ReadableTable
    layout: Layout
    split: int | None
    filters: tuple[Filter, ...]
    questions: dict[str, Document]

    def plots(self, places: Sequence[int]) -> list[Plot]:
        """Return the plots of the questions whose answers stand in some columns.

        Most are counted once; what does not show well so is counted again, all of that at once.
        """
        firsts = [self._first(place) for place in places]
        failures = [query for place in places for query in self._failures(place)]
        told = self._counted([*firsts, *failures])
        found = dict(zip(places, told[: len(firsts)], strict=True))
        failed = {
            query.column: counts.rows for query, counts in zip(failures, told[len(firsts) :], strict=True)
        }
        seconds = {place: query for place in places for query in self._second(place, found[place])}
        better = dict(zip(seconds, self._counted(list(seconds.values())), strict=True))
        made = []
        for place in places:
            counts, kind = found[place], PlotKind.BARS
            if place in better and better[place].values:
                counts, kind = better[place], KINDS[seconds[place].counting]
            made.append(self._plot(place, counts, kind, self._failed(place, failed)))
        return made

    def _plot(self, place: int, counts: Counts, kind: PlotKind, failed: int) -> Plot:
        column, question = self.layout.columns[place], self._question(place)
        bins = kind is PlotKind.HISTOGRAM
        values = counts.values if bins else _in_order(column, counts.values, _options(question))
        splits = tuple(sorted(counts.splits, key=_by_name))
        text, question_type = question.get("question_text"), question.get("question_type")
        return Plot(
            question=column.name.name,
            text=text if isinstance(text, str) else None,
            question_type=question_type if isinstance(question_type, str) else None,
            kind=kind,
            present=counts.present,
            missing=counts.rows - counts.present,
            failed=failed,
            values=values,
            series=splits,
            counts=_shown(counts.counted, values, splits, bins=bins),
            not_shown=0 if bins else counts.distinct - len(counts.values),
            of_lists=column.kind is Kind.JSON,
            splits_not_shown=counts.distinct_splits - len(splits),
        )

    def _question(self, place: int) -> Document:
        return self.questions.get(self.layout.columns[place].name.name, {})

    def _first(self, place: int) -> CountQuery:
        """Return how answers are counted before it is known how many different ones there are."""
        counting = Counting.ITEMS if self.layout.columns[place].kind is Kind.JSON else Counting.VALUES
        return self._query(place, counting, MOST_OPTIONS if _options(self._question(place)) else MOST_BARS)

    def _second(self, place: int, counts: Counts) -> Iterator[CountQuery]:
        """Yield what shows a question's answers better than bars of them do, if anything does."""
        kind = self.layout.columns[place].kind
        if kind is Kind.JSON or _options(self._question(place)) or counts.distinct <= FEW:
            return
        if kind.numeric:
            yield self._query(place, Counting.BINS, BINS if self.split is None else BINS_BESIDE_OTHERS)
        else:
            yield self._query(place, Counting.WORDS, MOST_BARS)

    def _query(self, place: int, counting: Counting, most: int) -> CountQuery:
        return CountQuery(place, counting, self.split, self.filters, most)

    def _failures(self, place: int) -> Iterator[CountQuery]:
        """Yield what counts a question's exceptions, unless the layout knows how many there are."""
        problem = self._problem(place)
        if problem is not None and self.filters:
            filled = (*self.filters, Filter(problem, Rule.FILLED))
            yield CountQuery(problem, Counting.VALUES, None, filled, 1)

    def _failed(self, place: int, counted: Mapping[int, int]) -> int:
        problem = self._problem(place)
        if problem is None:
            return 0
        return counted[problem] if self.filters else self.layout.columns[problem].present

    def _problem(self, place: int) -> int | None:
        return self.layout.place(Name(Group.PROBLEM, self.layout.columns[place].name.name))

    def _counted(self, queries: Sequence[CountQuery]) -> list[Counts]:
        with in_bounds(self.found.content):
            return deps().tables.count(self.found.place, self.layout, queries)


def _by_name(value: str | None) -> tuple[bool, float, str]:
    """Order what plots are split by, the same in all of them, so that a colour means the same."""
    try:
        number = float(value or "")
    except ValueError:
        number = math.inf
    return value is None, math.inf if math.isnan(number) else number, value or ""


def _options(question: Document) -> list[str]:
    """Return a question's options if they are the same for everybody."""
    options = question.get("question_options")
    if not isinstance(options, list) or len(options) > MOST_OPTIONS:
        return []
    told = [spelled(option) for option in options]
    return [] if any("{{" in option for option in told) else told


def _in_order(column: Column, values: tuple[str, ...], options: list[str]) -> tuple[str, ...]:
    """Return options as the survey has them, numbers by their size, all else by how frequent they are."""
    if options:
        return (*options, *(value for value in values if value not in options))
    return tuple(sorted(values, key=float)) if column.kind.numeric else values


def _shown(
    counted: tuple[Counted, ...], values: tuple[str, ...], series: tuple[str | None, ...], *, bins: bool
) -> tuple[tuple[int, ...], ...]:
    keys = [str(number) for number in range(len(values) - 1)] if bins else list(values)
    found = {(entry.split, entry.value): entry.count for entry in counted}
    return tuple(tuple(found.get((one, key), 0) for key in keys) for one in series)
