"""The form of a Parquet file: pages of values, and at its end where they are.

A column may be null anywhere; each has one page a group of rows. Written by hand, because a table's columns
and their kinds are only known when its last row was read, and because what is written may then be put
together anew: a file of some of its columns and groups is made of their pages as they are, and a new end.
"""

import gzip
import json
import struct as binary
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.domain.results.columns import Chunk, Kind
from chalicelib.storage.columns.thrift import Encoded, Long, struct, varint

MAGIC = b"PAR1"
_PLAIN, _RLE, _GZIP, _OPTIONAL, _UTF8, _DATA_PAGE = 0, 3, 2, 1, 0, 0
_BOOLEAN, _INT64, _DOUBLE, _BYTE_ARRAY = 0, 2, 5, 6
_TYPES = {Kind.BOOLEAN: _BOOLEAN, Kind.INTEGER: _INT64, Kind.NUMBER: _DOUBLE}
COMPRESSION = 4


def text_body(present: Sequence[int], texts: bytes) -> bytes:
    """Return what a page of texts has: which rows have one, and these, each after its length."""
    return _levels(present) + texts


def typed_body(body: bytes, kind: Kind) -> bytes:
    """Return what a page of texts has as one of numbers or booleans, which the texts spell."""
    if kind not in _TYPES:
        return body
    end = 4 + binary.unpack_from("<i", body)[0]
    values = [json.loads(text) for text in _texts(body, end)]
    if kind is Kind.INTEGER:
        return body[:end] + binary.pack(f"<{len(values)}q", *values)
    if kind is Kind.NUMBER:
        return body[:end] + binary.pack(f"<{len(values)}d", *values)
    return body[:end] + _bits(values)


def page(body: bytes, rows: int) -> tuple[bytes, Chunk]:
    """Return a page as it lies in a file, and what its file's end says of it."""
    packed = gzip.compress(body, COMPRESSION, mtime=0)
    values = {1: rows, 2: _PLAIN, 3: _RLE, 4: _RLE}
    head = struct({1: _DATA_PAGE, 2: len(body), 3: len(packed), 5: values})
    return head + packed, Chunk(len(head) + len(packed), len(head) + len(body))


@dataclass(frozen=True)
class Placed:
    """A column in a file: how it is called there, and where its chunks are, one a group."""

    name: str
    kind: Kind
    chunks: tuple[tuple[int, Chunk], ...]


def file_end(columns: Sequence[Placed], groups: Sequence[int]) -> bytes:
    """Return what stands at a file's end; ``groups`` is how many rows each group has."""
    root = {4: "table", 5: len(columns)}
    fields: dict[int, object] = {
        1: 1,
        2: [root, *(_element(column) for column in columns)],
        3: Long(sum(groups)),
        4: [_group(columns, place, rows) for place, rows in enumerate(groups)],
    }
    if not groups:
        raise ValueError("a file has a group of rows at the least")
    end = struct(fields)
    return end + binary.pack("<i", len(end)) + MAGIC


def _element(column: Placed) -> dict[int, object]:
    kind = _TYPES.get(column.kind, _BYTE_ARRAY)
    text: dict[int, object] = {6: _UTF8} if kind == _BYTE_ARRAY else {}
    return {1: kind, 3: _OPTIONAL, 4: column.name, **text}


def _group(columns: Sequence[Placed], place: int, rows: int) -> Encoded:
    size = sum(column.chunks[place][1].raw for column in columns)
    chunks = [_chunk(column, place, rows) for column in columns]
    return Encoded(struct({1: chunks, 2: Long(size), 3: Long(rows)}))


def _chunk(column: Placed, place: int, rows: int) -> Encoded:
    begin, chunk = column.chunks[place]
    told = {
        1: _TYPES.get(column.kind, _BYTE_ARRAY),
        2: [_PLAIN, _RLE],
        3: [column.name],
        4: _GZIP,
        5: Long(rows),
        6: Long(chunk.raw),
        7: Long(chunk.size),
        9: Long(begin),
    }
    return Encoded(struct({2: Long(begin), 3: told}))


def _levels(present: Sequence[int]) -> bytes:
    """Return which rows have a value: one run where all are alike, else a bit a row."""
    count, having = len(present), sum(present)
    if having in (0, count):
        runs = varint(count << 1) + bytes([int(having > 0)])
    else:
        runs = varint(-(-count // 8) << 1 | 1) + _bits(present)
    return binary.pack("<i", len(runs)) + runs


def _bits(values: Sequence[int]) -> bytes:
    digits = "".join("1" if value else "0" for value in reversed(values))
    return int(digits or "0", 2).to_bytes(-(-len(values) // 8), "little")


def _texts(body: bytes, begin: int) -> Iterator[bytes]:
    while begin < len(body):
        start = begin + 4
        begin = start + binary.unpack_from("<i", body, begin)[0]
        yield body[start:begin]
