"""As much of Thrift's compact protocol as the records of a Parquet file need, which are only written."""

from dataclasses import dataclass

_SHORT_LIST = 14
"""Items whose count fits beside their kind."""
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


@dataclass(frozen=True)
class Long:
    """An integer of 64 bits; plain ones have 32."""

    value: int


@dataclass(frozen=True)
class Encoded:
    """A record that is encoded already: of many, fields would take too much memory."""

    data: bytes


def struct(fields: dict[int, object]) -> bytes:
    """Return a record; its fields go by ascending numbers."""
    out, before = bytearray(), 0
    for number, value in fields.items():
        kind, data = _encoded(value)
        step = number - before
        if 0 < step <= 15:  # noqa: PLR2004 - as many as fit beside the kind
            out.append(step << 4 | kind)
        else:
            raise ValueError(f"field {number} comes after {before}")
        out += data
        before = number
    out.append(0)
    return bytes(out)


def varint(number: int) -> bytes:
    """Return a number that is not negative, seven bits a byte."""
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _encoded(value: object) -> tuple[int, bytes]:
    """Return what Thrift calls a value's kind, and the value."""
    if isinstance(value, int):
        return _I32, varint(value << 1)
    if isinstance(value, Long):
        return _I64, varint(value.value << 1)
    if isinstance(value, str):
        data = value.encode(errors="replace")
        return _BINARY, varint(len(data)) + data
    if isinstance(value, Encoded):
        return _STRUCT, value.data
    if isinstance(value, dict):
        return _STRUCT, struct(value)
    if isinstance(value, list):
        items = [_encoded(item) for item in value]
        kind = items[0][0] if items else _STRUCT
        short = len(items) <= _SHORT_LIST
        head = bytes([len(items) << 4 | kind]) if short else bytes([0xF0 | kind]) + varint(len(items))
        return _LIST, head + b"".join(data for _, data in items)
    raise TypeError(f"{type(value)} is nothing that these records have")
