"""Items of the local DynamoDB that no request is about, in a third of their memory or less.

Measured with moto 5.2.5: an item of eight attributes and 800 bytes takes 3,200 bytes, an object for each
attribute. Here an item is unpacked when a request looks at it, and packed again at the request's end, while
``dynamodb_lock`` is held.
"""

# ruff: noqa: ANN401 - moto's objects

import marshal
import sys
import zlib
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from chalicelib.storage.compression import compressed

READING = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"})
"""What changes no item: these are as they were packed before."""
SMALL = 1000
"""Bytes up to which squeezing gains little."""
FAST = 1
_ZLIB = b"\x48\x78"
"""With one of which zlib's streams begin; marshal's do not."""
_ONLY_OURS = 3
"""References to an item that nobody else has: the list's, the loop's, and the one that counts them."""
_unpacked: list[Any] = []


def apply() -> None:
    """Let items be packed in this process; ``mends.apply`` calls it once, before there are any."""
    Item._live, Item._packed, Item._size = None, b"", 0
    Item.attrs = property(_attributes, _take)


def applied() -> bool:
    """Tell whether items are packed in this process."""
    return hasattr(Item, "_packed")


def packed(hash_key: Any, range_key: Any, plain: dict[str, tuple[str, Any]], size: int) -> Any:
    """Return a new item of moto's, packed; ``plain`` has the type and value of each attribute."""
    item = Item.__new__(Item)
    item.hash_key, item.range_key, item._live, item._size = hash_key, range_key, None, size
    item._packed = _packed(plain)
    _share_key(item)
    return item


def put_away(action: str) -> None:
    """Pack what a request has looked at, made or changed; the caller holds ``dynamodb_lock``."""
    for item in _unpacked:
        if sys.getrefcount(item) <= _ONLY_OURS:
            continue
        if action not in READING:
            _pack(item)
        if item._packed:
            item._live = None
    _unpacked.clear()


def bytes_of(item: Any) -> int | None:
    """Return the size of an item that is packed."""
    return item._size if item._live is None else None


def packed_attributes(item: Any) -> dict[str, tuple[str, Any]] | None:
    """Return type and value of a packed item's attributes, deep inside as well; None: it is not packed."""
    return _read(item._packed) if item._live is None else None


def _attributes(item: Any) -> Any:
    if item._live is None:
        item._live = attributes_of(_read(item._packed))
        _unpacked.append(item)
    return item._live


def _take(item: Any, attributes: Any) -> None:
    item._live, item._packed = attributes, b""
    _unpacked.append(item)


def _pack(item: Any) -> None:
    try:
        item._packed = _packed({name: _plain(value) for name, value in item._live.items()})
    except ValueError:  # something that only moto could have made
        item._packed = b""
        return
    item._size = item.size()
    _share_key(item)


def _packed(plain: dict[str, tuple[str, Any]]) -> bytes:
    written = marshal.dumps(plain)
    return compressed(written, FAST) if len(written) > SMALL else written


def _share_key(item: Any) -> None:
    if type(item.hash_key.value) is str:  # many items of a partition have it
        item.hash_key.value = sys.intern(item.hash_key.value)


def _read(packed: bytes) -> dict[str, Any]:
    plain: dict[str, Any] = marshal.loads(zlib.decompress(packed) if packed[0] in _ZLIB else packed)
    return plain


def attributes_of(plain: dict[str, Any]) -> Any:
    """Return attributes as moto holds them, past what measures them again for each that is added."""
    made = LimitedSizeDict.__new__(LimitedSizeDict)
    dict.update(made, {name: _rich(*value) for name, value in plain.items()})
    return made


def _plain(value: Any) -> tuple[str, Any]:
    kind, held = value.type, value.value
    if kind == "M":
        return kind, {name: _plain(DynamoType(inner)) for name, inner in held.items()}
    if kind == "L":
        return kind, [_plain(DynamoType(inner)) for inner in held]
    return kind, held


def _rich(kind: str, held: Any) -> DynamoType:
    value = DynamoType.__new__(DynamoType)
    if kind == "M":
        held = {name: _rich(*inner) for name, inner in held.items()}
    elif kind == "L":
        held = [_rich(*inner) for inner in held]
    value.type, value.value = kind, held
    return value
