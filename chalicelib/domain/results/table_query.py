"""What is asked of the table of results: which of its interviews, in which order, and what of them."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What a filter asks of a cell."""

    IS = "is"
    IS_NOT = "is-not"
    CONTAINS = "contains"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    EMPTY = "empty"
    FILLED = "filled"


@dataclass(frozen=True)
class Filter:
    """Rows whose cell in a column follows a rule; columns go by their place in the layout."""

    column: int
    rule: Rule
    value: str = ""


@dataclass(frozen=True)
class Sort:
    """Rows by what a column has; cells that are empty come last."""

    column: int
    descending: bool = False


@dataclass(frozen=True)
class TableQuery:
    """Some columns of some rows: those that pass all filters, ``limit`` from ``start`` on."""

    columns: tuple[int, ...]
    filters: tuple[Filter, ...] = ()
    sort: tuple[Sort, ...] = ()
    start: int = 0
    limit: int = 50


Value = str | int | float | bool | None


@dataclass(frozen=True)
class FoundRow:
    """A row, by its place in the table, and its cells."""

    place: int
    cells: tuple[Value, ...]


@dataclass(frozen=True)
class FoundRows:
    """What a query comes to."""

    rows: tuple[FoundRow, ...]
    count: int
    """How many rows pass the filters."""
    fetched: int
    """Bytes that were read of the table for it."""


class Counting(StrEnum):
    """What of a column's cells is counted."""

    VALUES = "values"
    ITEMS = "items"
    """Those of lists, each by itself."""
    WORDS = "words"
    """In how many cells each word is."""
    BINS = "bins"
    """Numbers, by equal parts of the range that they span."""


@dataclass(frozen=True)
class CountQuery:
    """What is counted of a column: in all rows that pass some filters, split by another column if wanted."""

    column: int
    counting: Counting
    split: int | None = None
    filters: tuple[Filter, ...] = ()
    most: int = 30
    """Different values, the most frequent ones; or bins."""
    most_splits: int = 6

    @property
    def columns(self) -> tuple[int, ...]:
        """Return which columns it looks at."""
        split = () if self.split is None else (self.split,)
        return (self.column, *split, *(chosen.column for chosen in self.filters))


@dataclass(frozen=True)
class Counted:
    """How often something is there."""

    value: str
    split: str | None
    """What the other column has; None: nothing, or it was not split."""
    count: int


@dataclass(frozen=True)
class Counts:
    """What a count comes to."""

    rows: int
    """That pass the filters."""
    present: int
    """That have a value in the column."""
    values: tuple[str, ...]
    """The most frequent ones, most frequent first; of bins the ends of all, ascending: one more than bins."""
    splits: tuple[str | None, ...]
    """The largest ones; what is in others is in none of the counts."""
    counted: tuple[Counted, ...]
    distinct: int
    """How many different values there are."""
    distinct_splits: int = 0
    """How many different values of the other column."""


@dataclass(frozen=True)
class SumQuery:
    """What some columns come to together, in all rows that are alike in others."""

    by: tuple[int, ...]
    added: tuple[int, ...]
    """Of lists it is counted how many items they have."""
    most: int = 50
    """Groups, the largest ones."""


@dataclass(frozen=True)
class Sum:
    """What a group of rows comes to."""

    by: tuple[str | None, ...]
    rows: int
    sums: tuple[float, ...]
