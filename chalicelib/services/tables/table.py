"""A page of the table of results: columns that were chosen, rows that pass the filters, in an order."""

import json
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.results.cells import CACHED, INDEX, MODEL, Group, Name, spelled
from chalicelib.domain.results.columns import Column, Kind, Layout
from chalicelib.domain.results.table_query import Filter, FoundRow, Rule, Sort, TableQuery, Value
from chalicelib.services.deps import deps
from chalicelib.services.tables.readable import in_bounds, placed, readable_table

MOST_ROWS = 200
"""On a page."""
MOST_COLUMNS = 40
"""Shown at once."""
MOST_FILTERS = 10
MOST_SORTS = 3
LONGEST_VALUE = 1000
"""Of what a filter asks for."""
LONGEST_SHOWN = 1000
"""Characters of a cell; the interview has it whole."""
SHOWN_FIRST = {Group.ANSWER: 6, Group.AGENT: 2, Group.SCENARIO: 2}
"""How many columns of each group are shown to whoever has not chosen."""


@dataclass(frozen=True)
class NamedFilter:
    """Rows whose cell in a column follows a rule."""

    name: Name
    rule: Rule
    value: str = ""


@dataclass(frozen=True)
class NamedSort:
    """Rows by what a column has."""

    name: Name
    descending: bool = False


@dataclass(frozen=True)
class AskedTable:
    """What somebody wants to see of a table."""

    columns: tuple[Name, ...] = ()
    """None: those that are shown first."""
    filters: tuple[NamedFilter, ...] = ()
    sort: tuple[NamedSort, ...] = ()
    start: int = 0
    limit: int = 50


class Mark(StrEnum):
    """What is to be known of a cell beside its text."""

    NONE = "none"
    CACHED = "cached"
    FAILED = "failed"


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown."""

    text: str | None
    """None: there is nothing."""
    mark: Mark = Mark.NONE
    cut: bool = False
    problem: str | None = None
    """The type of the exception that its question met."""


@dataclass(frozen=True)
class Row:
    """An interview in the table."""

    place: int
    """Among all rows, from 0: by it the interview is read whole."""
    index: int
    """Its number in the job."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class TablePage:
    """Some rows of a table."""

    content: Content
    columns: tuple[Column, ...]
    """All that there are."""
    left_out: int
    """How many more there would be, which only the rows have."""
    shown: tuple[Column, ...]
    rows: tuple[Row, ...]
    start: int
    count: int
    """That pass the filters."""
    total: int
    fetched: int
    """Bytes that were read for this page."""


def table(account: Caller, content_id: str, asked: AskedTable) -> TablePage | None:
    """Return a page of the table of results that the account may read; None while that is being made.

    Raises NoContentError, NoTableError, InvalidRequestError, TooLargeError.
    """
    found = readable_table(account, content_id)
    if found.layout is None:
        return None
    layout = found.layout
    shown = [placed(layout, name) for name in asked.columns] or shown_first(layout)
    beside = _beside(layout, shown)
    query = TableQuery(
        columns=(*shown, *beside.places),
        filters=filters_of(layout, asked.filters),
        sort=_sort(layout, asked.sort),
        start=max(0, asked.start),
        limit=max(1, min(asked.limit, MOST_ROWS)),
    )
    if len(shown) > MOST_COLUMNS:
        raise InvalidRequestError(f"Choose {MOST_COLUMNS} columns at the most; more are in the downloads.")
    with in_bounds(found.content):
        rows = deps().tables.find(found.place, layout, query)
    columns = tuple(layout.columns[place] for place in shown)
    return TablePage(
        content=found.content,
        columns=layout.columns,
        left_out=layout.left_out,
        shown=columns,
        rows=tuple(beside.row(columns, row) for row in rows.rows),
        start=query.start,
        count=rows.count,
        total=layout.rows,
        fetched=rows.fetched,
    )


def shown_first(layout: Layout) -> list[int]:
    """Return which columns are shown to whoever has not chosen any."""
    places: list[int] = []
    for group, most in SHOWN_FIRST.items():
        of_group = [place for place, column in enumerate(layout.columns) if column.name.group is group]
        places += of_group[:most]
    model = layout.place(MODEL)
    return places if model is None else [*places, model]


def filters_of(layout: Layout, asked: tuple[NamedFilter, ...]) -> tuple[Filter, ...]:
    """Return filters by their columns' places. Raises InvalidRequestError."""
    if len(asked) > MOST_FILTERS:
        raise InvalidRequestError(f"Use {MOST_FILTERS} filters at the most.")
    if any(len(chosen.value) > LONGEST_VALUE for chosen in asked):
        raise InvalidRequestError(f"Filter by {LONGEST_VALUE:,} characters at the most.")
    return tuple(Filter(placed(layout, chosen.name), chosen.rule, chosen.value) for chosen in asked)


def _sort(layout: Layout, asked: tuple[NamedSort, ...]) -> tuple[Sort, ...]:
    if len(asked) > MOST_SORTS:
        raise InvalidRequestError(f"Sort by {MOST_SORTS} columns at the most.")
    return tuple(Sort(placed(layout, chosen.name), descending=chosen.descending) for chosen in asked)


@dataclass(frozen=True)
class _Beside:
    """Columns that are read with those that are shown, and what they say of these."""

    has_index: bool
    has_cached: bool
    problems: tuple[tuple[str, int], ...]
    places: tuple[int, ...]

    def row(self, columns: tuple[Column, ...], found: FoundRow) -> Row:
        """Return a row as it is shown."""
        told = iter(found.cells[len(columns) :])
        index = next(told) if self.has_index else None
        cached = set(json.loads(str(next(told) or "[]"))) if self.has_cached else set()
        problems = dict(zip((name for name, _ in self.problems), told, strict=True))
        cells = []
        for column, value in zip(columns, found.cells, strict=False):
            problem = problems.get(column.name.name) if column.name.group is Group.ANSWER else None
            is_cached = column.name.group is Group.ANSWER and column.name.name in cached
            mark = Mark.FAILED if problem is not None else Mark.CACHED if is_cached else Mark.NONE
            cells.append(_cell(value, mark, None if problem is None else str(problem)))
        return Row(found.place, int(index) if index is not None else found.place, tuple(cells))


def _beside(layout: Layout, shown: list[int]) -> _Beside:
    index, cached = layout.place(INDEX), layout.place(CACHED)
    if cached is not None and layout.columns[cached].kind is not Kind.JSON:
        cached = None
    asked = {
        layout.columns[place].name.name for place in shown if layout.columns[place].name.group is Group.ANSWER
    }
    problems = [
        (column.name.name, place)
        for place, column in enumerate(layout.columns)
        if column.name.group is Group.PROBLEM and column.name.name in asked
    ]
    places = [place for place in (index, cached) if place is not None]
    return _Beside(
        index is not None,
        cached is not None,
        tuple(problems),
        (*places, *(place for _, place in problems)),
    )


def _cell(value: Value, mark: Mark, problem: str | None) -> Cell:
    if value is None:
        return Cell(None, mark, problem=problem)
    text = spelled(value)
    cut = len(text) > LONGEST_SHOWN
    return Cell(text[:LONGEST_SHOWN] if cut else text, mark, cut, problem)
