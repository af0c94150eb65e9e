"""Writes the table of results while its rows come by: columns and kinds are found on the way.

Held is one group of rows. What is before that lies packed in a private temporary file, because a file of
columns has each of them in one place: so that whoever wants some reads just these.
"""

import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chalicelib.domain.json_types import Json
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.results.cells import LONGEST_CELL, Group, Name, spelled
from chalicelib.domain.results.columns import Chunk, Column, KindCount, Layout
from chalicelib.storage.columns.parquet import MAGIC, Placed, file_end, page, text_body, typed_body

GROUP_ROWS = 10_000
GROUP_BYTES = 8 * MEBIBYTE
"""Rows are held until they are so many, or so much."""
MOST_COLUMNS = 500
"""Each costs a page in every group, and those would be many where rows are long."""
LEFT_OUT_COUNTED = 10_000
LARGEST_SPOOL = 400 * MEBIBYTE
"""Of the 512 MB that a function has on its disk."""
GROUPS = list(Group)


class TableTooLargeError(Exception):
    """The table does not fit on this function's disk. Never shown to a person as it is."""


@dataclass
class _Growing:
    """A column of which some rows have come."""

    kinds: KindCount = field(default_factory=KindCount)
    cut: int = 0
    has: bytearray = field(default_factory=bytearray)
    """Of the group that is held: 1 for each row with a value, 0 for each without."""
    texts: bytearray = field(default_factory=bytearray)
    spooled: list[tuple[int, int] | None] = field(default_factory=list)
    """Where its groups lie in the temporary file, and how long they are; None: it has nothing there."""


class TableWriter:
    """Takes rows of cells; gives a Parquet file and its layout."""

    def __init__(self, first: Iterable[Name] = (), *, most_columns: int = MOST_COLUMNS) -> None:
        """``first`` are columns that are there, in this order, whether or not a row has any of them."""
        self._most = most_columns
        self._columns: dict[Name, _Growing] = {}
        self._left_out: set[Name] = set()
        for name in first:
            self._column(name)
        self._groups: list[int] = []
        self.rows = 0
        """How many it has taken."""
        self._held = self._size = 0
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the writer
        self._spooled = 0

    def __enter__(self) -> "TableWriter":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete what it has on disk."""
        self._spool.close()

    def add(self, cells: Iterable[tuple[Name, Json]]) -> None:
        """Take one row. Raises TableTooLargeError."""
        for name, value in cells:
            column = self._column(name)
            if value is None or column is None or len(column.has) > self._held:
                continue  # nothing there, or the row has named it twice
            column.kinds.add(value)
            text = spelled(value)
            if len(text) > LONGEST_CELL:
                column.cut += 1
                text = text[:LONGEST_CELL] + "…"
            data = text.encode(errors="replace")
            self._size += len(data) + 5 + self._held - len(column.has)
            column.has += bytes(self._held - len(column.has)) + b"\1"
            column.texts += len(data).to_bytes(4, "little") + data
        self._held += 1
        self.rows += 1
        if self._held >= GROUP_ROWS or self._size >= GROUP_BYTES:
            self._end_group()

    def file(self) -> Iterator[bytes]:
        """Yield the file; after that ``layout`` is known."""
        if self._held or not self._groups:
            self._end_group()
        ordered = sorted(self._columns.items(), key=lambda item: GROUPS.index(item[0].group))
        at, columns = len(MAGIC), []
        yield MAGIC
        for name, column in ordered:
            begin, chunks = at, []
            for piece, chunk in self._pages(column):
                yield piece
                chunks.append(chunk)
                at += chunk.size
            kinds = column.kinds
            columns.append(Column(name, kinds.kind, kinds.present, column.cut, begin, tuple(chunks)))
        self._layout = Layout(tuple(self._groups), tuple(columns), len(self._left_out))
        yield file_end([_placed(column) for column in columns], self._groups)

    @property
    def layout(self) -> Layout:
        """Return what the file has, and where."""
        return self._layout

    def _column(self, name: Name) -> _Growing | None:
        column = self._columns.get(name)
        if column is not None:
            return column
        if len(self._columns) < self._most:
            column = self._columns[name] = _Growing()
            return column
        if len(self._left_out) < LEFT_OUT_COUNTED:
            self._left_out.add(name)
        return None

    def _end_group(self) -> None:
        for column in self._columns.values():
            column.spooled += [None] * (len(self._groups) - len(column.spooled))
            if not column.has:
                continue
            column.has += bytes(self._held - len(column.has))
            packed = zlib.compress(text_body(column.has, bytes(column.texts)), 1)
            if self._spooled + len(packed) > LARGEST_SPOOL:
                raise TableTooLargeError(f"{self._spooled + len(packed):,} bytes")
            column.spooled.append((self._spooled, self._spool.write(packed)))
            self._spooled += len(packed)
            column.has, column.texts = bytearray(), bytearray()
        self._groups.append(self._held)
        self._held = self._size = 0

    def _pages(self, column: _Growing) -> Iterator[tuple[bytes, Chunk]]:
        column.spooled += [None] * (len(self._groups) - len(column.spooled))
        for place, rows in zip(column.spooled, self._groups, strict=True):
            if place is None:
                body = text_body(bytes(rows), b"")
            else:
                self._spool.seek(place[0])
                body = zlib.decompress(self._spool.read(place[1]))
            yield page(typed_body(body, column.kinds.kind), rows)


def _placed(column: Column) -> Placed:
    begins = [begin for begin, _ in column.places]
    return Placed(str(column.name), column.kind, tuple(zip(begins, column.chunks, strict=True)))
