"""Where in a file of lines they are, noted while it is written: so that some of them can be read alone."""

import json
from collections.abc import Iterable, Iterator

from chalicelib.domain.plans.plan import Block, RowList

INDEXED_BYTES = 1024 * 1024


class LineIndex:
    """Notes, of the bytes that pass on their way into a file, where each block of lines begins."""

    def __init__(self, block_bytes: int = INDEXED_BYTES) -> None:
        self._block_bytes = block_bytes
        self._lines = self._size = 0
        self._starts = [(0, 0)]
        self._due = block_bytes
        """The first line that begins here or later begins a block."""

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what comes; all lines of it must end."""
        for chunk in chunks:
            self._note(chunk)
            yield chunk

    def _note(self, chunk: bytes) -> None:
        place = 0
        while (end := chunk.find(b"\n", max(place, self._due - 1 - self._size))) >= 0:
            self._lines += chunk.count(b"\n", place, end + 1)
            place = end + 1
            offset = self._size + place
            self._starts.append((self._lines, offset))
            self._due = offset + self._block_bytes
        self._lines += chunk.count(b"\n", place)
        self._size += len(chunk)

    def written(self) -> bytes:
        """Return what is to be kept of it, once everything has passed."""
        starts = [start for start in self._starts if start[1] < self._size]
        return json.dumps([self._lines, self._size, starts], separators=(",", ":")).encode()


def read_index(data: bytes) -> RowList:
    """Read what ``LineIndex`` wrote."""
    lines, size, starts = json.loads(data)
    return RowList(lines, size, rows=None, starts=tuple((first, offset) for first, offset in starts))


def block_of(index: RowList, start: int, stop: int) -> Block | None:
    """Return where the lines ``[start, stop)`` are, as far as there are any, and what is read with them."""
    return next(index.blocks(range(start, min(stop, index.count))), None)
