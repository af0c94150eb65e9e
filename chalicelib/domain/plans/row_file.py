"""Rows of a job's list on their way into its file, a line each, with the index made on the way."""

import json
from collections.abc import Iterable, Iterator

from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.plan import RowList

BLOCK_BYTES = 64 * 1024


class RowLines:
    """Gathers one list; ``pieces`` takes its rows and gives its file's bytes, ``index`` tells what was there.

    A list of less than a block is not given out at all: its rows are in the index then.
    """

    def __init__(self) -> None:
        self._count = self._size = self._largest = 0
        self._starts: list[tuple[int, int]] = []
        self._short: tuple[Json, ...] | None = None

    def pieces(self, rows: Iterable[tuple[Json, str]]) -> Iterator[bytes]:
        """Yield the bytes of rows, of which each comes with the text it was read from."""
        held: list[str] = []
        short: list[Json] = []
        length = 0
        for value, text in rows:
            line = machine_json(value) if "\n" in text else text  # JSON has them only between its parts
            bytes_of_line = len(line) + 1 if line.isascii() else len(line.encode()) + 1
            self._count += 1
            self._largest = max(self._largest, bytes_of_line)
            held.append(line)
            length += bytes_of_line
            if not self._starts:
                short.append(value)
            if length >= BLOCK_BYTES:
                short.clear()
                yield self._block(held, length)
                held, length = [], 0
        if not self._starts:
            self._size, self._short = length, tuple(short)
        elif held:
            yield self._block(held, length)

    def index(self) -> RowList:
        """Return what to remember of the list, once all its rows have come."""
        return RowList(self._count, self._size, self._largest, self._short, tuple(self._starts))

    def _block(self, lines: list[str], length: int) -> bytes:
        before = self._count - len(lines)
        self._starts.append((before, self._size))
        self._size += length
        return ("\n".join(lines) + "\n").encode()


def machine_json(value: Json) -> str:
    """Return JSON on one line."""
    return json.dumps(value, separators=(",", ":"))
