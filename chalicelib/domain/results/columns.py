"""The table of results as it is kept: its columns, of what kind each is, and where in their file they lie."""

import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.results.cells import Group, Name

LARGEST_INTEGER = 2**63 - 1
LARGEST_EXACT = 2**53
"""Integers up to it are the same as floating-point numbers."""


class Kind(StrEnum):
    """Of what kind all values of a column are."""

    EMPTY = "empty"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    JSON = "json"
    """Lists and objects."""
    MIXED = "mixed"
    """Of several kinds, or numbers too large for any: kept as text."""

    @property
    def numeric(self) -> bool:
        """Tell whether values are compared as numbers."""
        return self in (Kind.INTEGER, Kind.NUMBER)


class KindCount:
    """Finds out of what kind a column is, value by value."""

    def __init__(self) -> None:
        self._met: Counter[Kind] = Counter()
        self._exact = True

    @property
    def present(self) -> int:
        """How many values there are."""
        return self._met.total()

    def add(self, value: Json) -> None:
        """Look at a value that is there."""
        if isinstance(value, bool):
            kind = Kind.BOOLEAN
        elif isinstance(value, int):
            kind = Kind.INTEGER if abs(value) <= LARGEST_INTEGER else Kind.MIXED
            self._exact = self._exact and abs(value) <= LARGEST_EXACT
        elif isinstance(value, float):
            kind = Kind.NUMBER if math.isfinite(value) else Kind.MIXED
        else:
            kind = Kind.TEXT if isinstance(value, str) else Kind.JSON
        self._met[kind] += 1

    @property
    def kind(self) -> Kind:
        """Return of what kind all are."""
        met = set(self._met)
        if not met:
            return Kind.EMPTY
        if met == {Kind.INTEGER, Kind.NUMBER} and self._exact:
            return Kind.NUMBER
        return met.pop() if len(met) == 1 else Kind.MIXED


class Chunk(NamedTuple):
    """A column's values of one group of rows, as they lie in the file: a page with its head."""

    size: int
    raw: int
    """Bytes before they were compressed."""


@dataclass(frozen=True)
class Column:
    """A column, and where its chunks lie: one after the other, from ``begin`` on."""

    name: Name
    kind: Kind
    present: int
    """How many interviews have a value in it."""
    cut: int
    """How many of these are too long for a cell, and cut."""
    begin: int
    chunks: tuple[Chunk, ...] = field(repr=False)

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Return where each chunk begins and ends."""
        ends = list(accumulate((chunk.size for chunk in self.chunks), initial=self.begin))
        return tuple(pairwise(ends))


@dataclass(frozen=True)
class Layout:
    """All of a table's columns; its rows lie in groups."""

    groups: tuple[int, ...]
    """How many rows each group has."""
    columns: tuple[Column, ...]
    left_out: int = 0
    """How many columns there would be besides: only rows have them. At 10,000 it is counted no further."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.groups)

    def place(self, name: Name) -> int | None:
        """Return at which place a column stands."""
        return next((place for place, column in enumerate(self.columns) if column.name == name), None)


def write_layout(layout: Layout) -> bytes:
    """Return a layout as it is kept."""
    document = {
        "groups": layout.groups,
        "left_out": layout.left_out,
        "columns": [
            {
                "group": column.name.group,
                "name": column.name.name,
                "kind": column.kind,
                "present": column.present,
                "cut": column.cut,
                "begin": column.begin,
                "chunks": column.chunks,
            }
            for column in layout.columns
        ],
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode())


def read_layout(data: bytes) -> Layout:
    """Return a layout from what was kept."""
    document = json.loads(zlib.decompress(data))
    return Layout(
        tuple(document["groups"]), tuple(_columns(document["columns"])), left_out=document["left_out"]
    )


def _columns(documents: Sequence[Document]) -> Iterator[Column]:
    for told in documents:
        yield Column(
            name=Name(Group(told["group"]), told["name"]),
            kind=Kind(told["kind"]),
            present=told["present"],
            cut=told["cut"],
            begin=told["begin"],
            chunks=tuple(Chunk(size, raw) for size, raw in told["chunks"]),
        )
