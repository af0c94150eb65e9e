"""Of a table's file in S3, as a file on this machine, only some columns and groups of rows.

Their pages are fetched as they are and get an end of their own, in which columns are called ``c0``, ``c1`` …
by their place in the layout: so nothing that a stranger has called a column ever gets into a query.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.columns import Layout
from chalicelib.storage.aws.files import FileStore
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.columns.parquet import MAGIC, Placed, file_end
from chalicelib.storage.columns.writer import TableTooLargeError

NEAR = 32 * 1024
"""Bytes: what lies so near together is fetched at once, with what is between."""
LARGEST_REQUEST = 4 * MEBIBYTE
LARGEST_FRAGMENT = 256 * MEBIBYTE
"""Half of a function's disk."""


@dataclass(frozen=True)
class Fragment:
    """A Parquet file of some columns and groups of a table."""

    path: Path
    size: int
    """Bytes that were fetched."""
    first_rows: tuple[int, ...]
    """The table's place of the first row of each of its groups."""
    group_rows: tuple[int, ...]

    def places(self) -> Iterator[range]:
        """Yield which of the table's rows each group has."""
        for first, rows in zip(self.first_rows, self.group_rows, strict=True):
            yield range(first, first + rows)


@contextmanager
def fragment(
    files: FileStore, name: str, layout: Layout, columns: Sequence[int], groups: Sequence[int] | None = None
) -> Iterator[Fragment]:
    """Hold some columns of a table, all its groups or some (ascending), while a block runs.

    Raises TableTooLargeError, and MissingFileError.
    """
    chosen = list(range(len(layout.groups))) if groups is None else list(groups)
    lie = {column: layout.columns[column].places for column in sorted(set(columns))}
    wanted = sorted({places[group] for places in lie.values() for group in chosen})
    spans = list(_near(wanted))
    size = sum(end - begin for begin, end in spans)
    if size > LARGEST_FRAGMENT:
        raise TableTooLargeError(f"{size:,} bytes")
    with TemporaryDirectory(prefix="perch-table-") as folder:
        path = Path(folder) / "fragment.parquet"
        _fetch(files, name, spans, path)
        moved = dict(_moved(wanted, spans))
        placed = [
            Placed(
                f"c{column}",
                layout.columns[column].kind,
                tuple((moved[places[group]], layout.columns[column].chunks[group]) for group in chosen),
            )
            for column, places in lie.items()
        ]
        rows = tuple(layout.groups[group] for group in chosen)
        with path.open("ab") as file:
            file.write(file_end(placed, rows))
        firsts = list(accumulate(layout.groups, initial=0))
        yield Fragment(path, size, tuple(firsts[group] for group in chosen), rows)


def _near(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join what lies near together, up to a bound."""
    begin, end = places[0]
    for start, stop in places[1:]:
        if start - end > NEAR:
            yield begin, end
            begin = start
        end = stop
    yield begin, end


def _fetch(files: FileStore, name: str, spans: Sequence[tuple[int, int]], path: Path) -> None:
    """Write parts of a file one behind the other."""
    parts: list[tuple[int, tuple[int, int]]] = []
    at = len(MAGIC)
    for begin, end in spans:
        for start in range(begin, end, LARGEST_REQUEST):
            stop = min(start + LARGEST_REQUEST, end)
            parts.append((at, (start, stop)))
            at += stop - start
    with path.open("wb") as file:
        file.write(MAGIC)
        file.flush()
        descriptor = file.fileno()

        def fetch(part: tuple[int, tuple[int, int]]) -> None:
            target, extent = part
            for piece in files.chunks(name, extent):
                os.pwrite(descriptor, piece, target)
                target += len(piece)

        in_parallel(fetch, parts)


def _moved(
    places: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield where each place begins once its span lies behind those before it."""
    at, remaining = len(MAGIC), iter(spans)
    begin, end = next(remaining)
    for place in places:
        while place[0] >= end:
            at += end - begin
            begin, end = next(remaining)
        yield place, at + place[0] - begin
