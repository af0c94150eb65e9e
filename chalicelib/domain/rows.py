"""Canonical rows: one JSON line an interview, the form in which results are kept."""

import json
from collections.abc import Collection, Iterable, Iterator

from chalicelib.domain.interview import InterviewRow


def write_row(row: InterviewRow) -> bytes:
    """Return a row as a line."""
    line = {"index": row.index, "row": row.row, "exceptions": dict(row.exceptions)}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def read_rows(lines: Iterable[bytes]) -> Iterator[InterviewRow]:
    """Read rows from lines."""
    for line in lines:
        yield InterviewRow(**json.loads(line))


def missing_ranges(start: int, stop: int, have: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield the ranges ``[begin, end)`` of indices between start and stop that are not in ``have``."""
    begin = None
    for index in range(start, stop):
        if index in have:
            if begin is not None:
                yield begin, index
            begin = None
        elif begin is None:
            begin = index
    if begin is not None:
        yield begin, stop
