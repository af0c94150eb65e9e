"""Tables of results in S3, each a Parquet file and its layout; of a file only what is asked for is read."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chalicelib.domain.json_types import Json
from chalicelib.domain.results.cells import Name
from chalicelib.domain.results.columns import Layout, read_layout, write_layout
from chalicelib.domain.results.table_query import (
    CountQuery,
    Counts,
    FoundRow,
    FoundRows,
    Sum,
    SumQuery,
    TableQuery,
    Value,
)
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.columns.conditions import order_by, where
from chalicelib.storage.columns.counting import counts
from chalicelib.storage.columns.database import TABLE, database
from chalicelib.storage.columns.fragment import Fragment, fragment
from chalicelib.storage.columns.summing import sums
from chalicelib.storage.columns.writer import TableTooLargeError, TableWriter


@dataclass(frozen=True)
class TablePlace:
    """Where a table lies."""

    file: str
    layout: str


@dataclass(frozen=True)
class TableStore:
    """Tables in the bucket."""

    files: FileStore

    def write(
        self, place: TablePlace, rows: Iterable[Iterable[tuple[Name, Json]]], *, first: Sequence[Name]
    ) -> Layout:
        """Keep a table of rows of cells, holding a few of them; return its layout.

        One that is too large for this function's disk is kept as a layout without anything. The layout is
        written last: what has one is there whole.
        """
        with TableWriter(first) as writer:
            try:
                for cells in rows:
                    writer.add(cells)
                if writer.rows:
                    self.files.write_stream(place.file, writer.file())
                layout = writer.layout if writer.rows else Layout((), ())
            except TableTooLargeError:
                layout = Layout((), ())
        self.files.write(place.layout, write_layout(layout))
        return layout

    def layout(self, place: TablePlace) -> Layout:
        """Return a table's layout. Raises MissingFileError."""
        return read_layout(self.files.read(place.layout))

    def find(self, place: TablePlace, layout: Layout, query: TableQuery) -> FoundRows:
        """Return what a query comes to. Raises TableTooLargeError, QueryTooLargeError, MissingFileError."""
        places, count, fetched = self._places(place, layout, query)
        if not places or not query.columns:
            return FoundRows(tuple(FoundRow(row, ()) for row in places), count, fetched)
        begins = list(accumulate(layout.groups, initial=0))
        groups = sorted({bisect_right(begins, row) - 1 for row in places})
        with fragment(self.files, place.file, layout, query.columns, groups) as part:
            cells = _cells(part, query.columns, places)
        return FoundRows(tuple(FoundRow(row, cells[row]) for row in places), count, fetched + part.size)

    def count(self, place: TablePlace, layout: Layout, queries: Sequence[CountQuery]) -> list[Counts]:
        """Return what counts come to; columns are fetched once for all of them, if they have room together.

        Raises TableTooLargeError, QueryTooLargeError, MissingFileError.
        """
        if not queries:
            return []
        looked_at = [column for query in queries for column in query.columns]
        try:
            with fragment(self.files, place.file, layout, looked_at) as part:
                return [_counts(part, layout, query) for query in queries]
        except TableTooLargeError:
            if len(queries) == 1:
                raise
            half = len(queries) // 2
            return [
                *self.count(place, layout, queries[:half]),
                *self.count(place, layout, queries[half:]),
            ]

    def sum(self, place: TablePlace, layout: Layout, query: SumQuery) -> list[Sum]:
        """Return what sums come to. Raises TableTooLargeError, QueryTooLargeError, MissingFileError."""
        looked_at = (*query.by, *query.added)
        with fragment(self.files, place.file, layout, looked_at) as part, database(part.path) as data:
            return sums(data, layout, query)

    def _places(self, place: TablePlace, layout: Layout, query: TableQuery) -> tuple[Sequence[int], int, int]:
        """Return which rows a query is about, how many pass its filters, and what was fetched for that."""
        looked_at = [chosen.column for chosen in query.filters] + [chosen.column for chosen in query.sort]
        if not looked_at:
            stop = min(query.start + query.limit, layout.rows)
            return range(min(query.start, stop), stop), layout.rows, 0
        with fragment(self.files, place.file, layout, looked_at) as part, database(part.path) as data:
            condition, values = where(layout, query.filters)
            ((count,),) = data.rows(f"SELECT count(*) FROM {TABLE} WHERE {condition}", values)
            found = data.rows(
                f"SELECT file_row_number FROM {TABLE} WHERE {condition} "
                f"ORDER BY {order_by(layout, query.sort)} LIMIT $limit OFFSET $start",
                {**values, "limit": query.limit, "start": query.start},
            )
        return [row for (row,) in found], count, part.size


def _counts(part: Fragment, layout: Layout, query: CountQuery) -> Counts:
    with database(part.path) as data:
        return counts(data, layout, query)


def _cells(part: Fragment, columns: Sequence[int], places: Sequence[int]) -> dict[int, tuple[Value, ...]]:
    """Return the cells of some of a table's rows, which a fragment has."""
    wanted = set(places)
    table_places: list[int] = []
    numbers: list[int] = []
    for number, place in enumerate(_all(part)):
        if place in wanted:
            numbers.append(number)
            table_places.append(place)
    names = ", ".join(f"c{column}" for column in columns)
    with database(part.path) as data:
        query = f"SELECT {names} FROM {TABLE} WHERE list_contains($numbers, file_row_number)"
        rows = data.rows(f"{query} ORDER BY file_row_number", {"numbers": numbers})
    return dict(zip(table_places, rows, strict=True))


def _all(part: Fragment) -> Iterator[int]:
    for places in part.places():
        yield from places
