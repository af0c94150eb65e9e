"""What is written down of a job when it is planned, so that nobody has to read it whole again.

The plan is one small file: the job's survey as its client sent it, and of each list how many rows it
has and where they are. A short list's rows are in the plan itself; a long one's are in a file of its own,
a line a row, of which the plan knows where each *block* of about 64 KB begins: who needs some of
the rows reads only their blocks.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import product_of

ASSIGNMENTS = "assignments"


@dataclass(frozen=True)
class Block:
    """Rows of a list's file that are read together: numbers ``[first, stop)`` in bytes ``[begin, end)``."""

    first: int
    stop: int
    begin: int
    end: int


@dataclass(frozen=True)
class RowList:
    """One of a job's lists: its rows, or where in its file they are."""

    count: int = 0
    size: int = 0
    """Bytes of all rows, a line each."""
    largest: int = 0
    """Bytes of the largest row."""
    rows: tuple[Json, ...] | None = ()
    """None: they are in a file."""
    starts: tuple[tuple[int, int], ...] = ()
    """Of each block in the file, the number of its first row and its offset in bytes."""

    def blocks(self, numbers: Iterable[int]) -> Iterator[Block]:
        """Yield where the rows of some ascending numbers are; neighbouring blocks as one.

        Raises IndexError for a row that is not there.
        """
        begin = end = -1
        for number in numbers:
            if not 0 <= number < self.count:
                raise IndexError(number)
            place = bisect_right(self.starts, number, key=lambda start: start[0]) - 1
            if place > end:
                if begin >= 0:
                    yield self._block(begin, end)
                begin = place
            end = place + 1  # so a number in this block or the next one goes on with the same one
        if begin >= 0:
            yield self._block(begin, end)

    def _block(self, begin: int, end: int) -> Block:
        first, offset = self.starts[begin]
        stop, limit = self.starts[end] if end < len(self.starts) else (self.count, self.size)
        return Block(first, stop, offset, limit)


@dataclass(frozen=True)
class Plan:
    """A planned job without its rows."""

    survey: Document
    lists: Mapping[str, RowList] = field(default_factory=dict)
    """``agents``, ``scenarios`` and ``models``; and ``assignments`` if the job chooses its combinations."""
    services: frozenset[str] = frozenset()
    """The names of the services that its models belong to."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows each list has."""
        return {name: rows.count for name, rows in self.lists.items()}

    @cached_property
    def digest(self) -> str:
        """Return what tells the job's survey from all others: the same survey sent again has the same."""
        return hashlib.sha256(json.dumps(self.survey, sort_keys=True).encode()).hexdigest()

    @property
    def combinations(self) -> int:
        """Return how many combinations the job has."""
        chosen = self.lists.get(ASSIGNMENTS)
        return chosen.count if chosen else product_of(self.counts)

    def interviews_in(self, size: int) -> int:
        """Return how many interviews' rows certainly take no more than so many bytes, at least 1."""
        lists = [rows for name, rows in self.lists.items() if name != ASSIGNMENTS]
        if sum(rows.size for rows in lists) <= size:
            return size  # all rows together do, so any number of interviews does
        return max(1, size // sum(rows.largest for rows in lists))


def write_plan(plan: Plan) -> bytes:
    """Return a plan as a file's content."""
    document = {
        "survey": plan.survey,
        "lists": {name: asdict(rows) for name, rows in plan.lists.items()},
        "services": sorted(plan.services),
    }
    return json.dumps(document, separators=(",", ":")).encode()


def read_plan(data: bytes) -> Plan:
    """Read what ``write_plan`` wrote."""
    document = json.loads(data)
    lists = {name: _read_list(**found) for name, found in document.pop("lists").items()}
    return Plan(document["survey"], lists, frozenset(document["services"]))


def _read_list(rows: Sequence[Json] | None, starts: Sequence[Sequence[int]], **numbers: int) -> RowList:
    return RowList(
        rows=None if rows is None else tuple(rows),
        starts=tuple((first, offset) for first, offset in starts),
        **numbers,
    )
