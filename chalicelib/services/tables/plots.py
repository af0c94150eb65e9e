"""The numbers of each question's plot: bars of choices, a histogram of numbers, words of texts."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.results.cells import Group, Name, spelled
from chalicelib.domain.results.columns import Column, Kind, Layout
from chalicelib.domain.results.table_query import Counted, Counting, CountQuery, Counts, Filter, Rule
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.tables.readable import ReadableTable, in_bounds, placed, readable_table
from chalicelib.services.tables.table import NamedFilter, filters_of

MOST_PLOTS = 20
"""At once: each reads its question's column."""
MOST_BARS = 30
BINS = 20
FEW = 15
"""Different whole numbers, or texts, that are shown as bars."""
MOST_OPTIONS = 100


class PlotKind(StrEnum):
    """How a question's answers are shown."""

    BARS = "bars"
    HISTOGRAM = "histogram"
    WORDS = "words"


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


@dataclass(frozen=True)
class Plots:
    """Some questions' plots, in their survey's order."""

    content: Content
    plots: tuple[Plot, ...]
    start: int
    questions: int
    """How many have one."""
    splits: tuple[Column, ...]
    """What they can be split by."""


def plots(
    account: Caller,
    content_id: str,
    *,
    split: Name | None = None,
    filters: tuple[NamedFilter, ...] = (),
    start: int = 0,
    limit: int = MOST_PLOTS,
) -> Plots | None:
    """Return plots of results that the account may read; None while their table is being made.

    Raises NoContentError, NoTableError, InvalidRequestError, TooLargeError.
    """
    found = readable_table(account, content_id)
    if found.layout is None:
        return None
    layout = found.layout
    answers = [place for place, column in enumerate(layout.columns) if column.name.group is Group.ANSWER]
    maker = _Maker(
        found,
        layout,
        placed(layout, split) if split else None,
        filters_of(layout, filters),
        _questions(found),
    )
    first = max(0, start)
    made = [maker.plot(place) for place in answers[first : first + max(1, min(limit, MOST_PLOTS))]]
    by_what = (Group.AGENT, Group.SCENARIO, Group.MODEL)
    splits = tuple(column for column in layout.columns if column.name.group in by_what and column.present)
    return Plots(found.content, tuple(made), first, len(answers), splits)


def _questions(found: ReadableTable) -> dict[str, Document]:
    listed: Json = plan_of(found.job).survey.get("questions")
    questions = [item for item in listed or () if isinstance(item, dict)]
    return {item["question_name"]: item for item in questions if isinstance(item.get("question_name"), str)}


@dataclass(frozen=True)
class _Maker:
    """Makes the plots of some results, all split and filtered alike."""

    found: ReadableTable
    layout: Layout
    split: int | None
    filters: tuple[Filter, ...]
    questions: dict[str, Document]

    def plot(self, place: int) -> Plot:
        """Return the plot of the question whose answers stand in a column."""
        column = self.layout.columns[place]
        question = self.questions.get(column.name.name, {})
        options = _options(question)
        counts, kind = self._counted(place, options)
        bins = kind is PlotKind.HISTOGRAM
        values = counts.values if bins else _in_order(column, counts.values, options)
        text, question_type = question.get("question_text"), question.get("question_type")
        return Plot(
            question=column.name.name,
            text=text if isinstance(text, str) else None,
            question_type=question_type if isinstance(question_type, str) else None,
            kind=kind,
            present=counts.present,
            missing=counts.rows - counts.present,
            failed=self._failed(column.name.name),
            values=values,
            series=counts.splits,
            counts=_shown(counts.counted, values, counts.splits, bins=bins),
            not_shown=0 if bins else counts.distinct - len(counts.values),
        )

    def _counted(self, place: int, options: list[str]) -> tuple[Counts, PlotKind]:
        """Count a question's answers in the way that shows them best."""
        kind = self.layout.columns[place].kind
        counting = Counting.ITEMS if kind is Kind.JSON else Counting.VALUES
        counts = self._count(place, counting, MOST_OPTIONS if options else MOST_BARS)
        if kind is Kind.JSON or options or counts.distinct <= FEW:
            return counts, PlotKind.BARS
        if kind.numeric:
            bins = self._count(place, Counting.BINS, BINS)
            return (bins, PlotKind.HISTOGRAM) if bins.values else (counts, PlotKind.BARS)
        return self._count(place, Counting.WORDS, MOST_BARS), PlotKind.WORDS

    def _count(self, place: int, counting: Counting, most: int) -> Counts:
        return self._asked(CountQuery(place, counting, self.split, self.filters, most))

    def _failed(self, question: str) -> int:
        place = self.layout.place(Name(Group.PROBLEM, question))
        if place is None:
            return 0
        if not self.filters:
            return self.layout.columns[place].present
        filled = (*self.filters, Filter(place, Rule.FILLED))
        return self._asked(CountQuery(place, Counting.VALUES, None, filled, 1)).rows

    def _asked(self, query: CountQuery) -> Counts:
        with in_bounds(self.found.content):
            return deps().tables.count(self.found.place, self.layout, [query])[0]


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
