"""Canonical rows: one JSON line an interview, the form in which results are kept."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.domain.json_types import Document
from chalicelib.domain.strict_json import finite


@dataclass(frozen=True)
class InterviewRow:
    """One interview as it came out: a canonical row.

    ``row`` is edsl 1.0.9's ``Result.to_dict()``. ``exceptions`` maps a question's name to
    edsl's exception entries (``{"exception": {"type", "message", …}, …}``); an interview is
    good when it is empty.
    """

    index: int
    row: Document
    exceptions: Mapping[str, list[Document]] = field(default_factory=dict)
    cut_off: bool = False
    """Stopped before it was finished: what it was answered cost something, but it does not count."""
    retrieved: tuple[str, ...] = ()
    """Keys of the entries of the account's cache that it was answered from, one an answer."""

    @property
    def good(self) -> bool:
        """Tell whether every question was answered or rightly skipped."""
        return not self.exceptions

    @property
    def answers(self) -> "Answers":
        """Count its answers: valid are those that are there and met no exception."""
        said = self.row.get("answer")
        given = said.items() if isinstance(said, dict) else ()
        valid = sum(answer is not None and name not in self.exceptions for name, answer in given)
        return Answers(int(bool(self.exceptions) and valid > 0), valid, len(self.exceptions))


@dataclass(frozen=True)
class Answers:
    """How many answers there are of some interviews."""

    some: int = 0
    """Interviews that met an exception and have valid answers all the same."""
    valid: int = 0
    invalid: int = 0
    """Questions that met an exception."""

    def __add__(self, other: "Answers") -> "Answers":
        """Add up counts."""
        return Answers(self.some + other.some, self.valid + other.valid, self.invalid + other.invalid)


BEFORE_INDEX = b'{"index":'
BEFORE_VALID = b',"valid":'

NO_EXCEPTIONS = b'"exceptions":{}}'
"""How the line of a good interview ends."""


def write_row(row: InterviewRow) -> bytes:
    """Return a row as a line of strict JSON, whatever numbers an engine has let pass."""
    valid = row.answers.valid
    line = {"index": row.index, "valid": valid, "row": row.row, "exceptions": dict(row.exceptions)}
    try:
        text = json.dumps(line, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(finite(line), separators=(",", ":"))
    return text.encode() + b"\n"


def read_rows(lines: Iterable[bytes]) -> Iterator[InterviewRow]:
    """Read rows from lines."""
    return map(_row, lines)


def _row(line: bytes) -> InterviewRow:
    fields = json.loads(line)
    return InterviewRow(fields["index"], fields["row"], fields["exceptions"])


def read_some_rows(lines: Iterable[bytes], indices: Collection[int]) -> Iterator[InterviewRow]:
    """Read only the rows of some interviews; the others' lines are not even parsed."""
    beginnings = {b'{"index":%d,' % index for index in indices}
    for line in lines:
        begun = line[: line.find(b",") + 1]
        if begun in beginnings:
            beginnings.discard(begun)
            yield _row(line)
        if not beginnings:
            return


def read_failed_rows(lines: Iterable[bytes]) -> Iterator[InterviewRow]:
    """Read only the rows with exceptions; the others' lines are not even parsed."""
    return read_rows(line for line in lines if not line.endswith(NO_EXCEPTIONS))


@dataclass(frozen=True)
class RowLine:
    """A row as it is kept, of which only what is needed to lay rows over others was read."""

    index: int
    good: bool
    valid: int
    """How many valid answers it has."""
    line: bytes
    """Without its end."""

    def read(self) -> InterviewRow:
        """Return the whole row."""
        return _row(self.line)


def row_lines(lines: Iterable[bytes]) -> Iterator[RowLine]:
    """Look at lines as ``write_row`` makes them; to parse them takes a hundred times as long."""
    for line in lines:
        end = line.index(b",")
        index = int(line[len(BEFORE_INDEX) : end])
        yield RowLine(index, line.endswith(NO_EXCEPTIONS), _valid(line, end), line)


def _valid(line: bytes, after_index: int) -> int:
    start = after_index + len(BEFORE_VALID)
    if line[after_index:start] != BEFORE_VALID:  # written before lines told it
        return _row(line).answers.valid
    return int(line[start : line.index(b",", start)])


def merged(older: Iterator[RowLine], newer: Iterator[RowLine]) -> Iterator[RowLine]:
    """Yield of each index the newer row, unless that failed where the older one is good.

    All are ordered by index; one row of each is held.
    """
    old, new = next(older, None), next(newer, None)
    while old and new:
        if old.index < new.index:
            yield old
            old = next(older, None)
        elif new.index < old.index:
            yield new
            new = next(newer, None)
        else:
            yield old if old.good and not new.good else new
            old, new = next(older, None), next(newer, None)
    yield from (line for line in (old, new) if line)
    yield from older
    yield from newer


def indices_to_do(lines: Iterable[RowLine], total: int) -> Iterator[int]:
    """Yield the indices below ``total`` of which there is no good row among some ordered by index."""
    expected = 0
    for line in lines:
        yield from range(expected, line.index)
        if not line.good:
            yield line.index
        expected = line.index + 1
    yield from range(expected, total)
