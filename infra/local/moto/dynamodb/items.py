"""Items of the local DynamoDB, measured, projected and made JSON at the speed that thousands need.

Measured with moto 5.2.5: an item's constructor asks for its whole size at each attribute, a projection
copies all of it in depth, and an answer walks botocore's shapes for each attribute. Items that were read
are answered while ``dynamodb_lock`` is held, so that none needs a copy.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import utilities
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from infra.local.moto.dynamodb.packed_items import bytes_of, packed_attributes

LARGEST_ITEM = 405_000
"""Bytes, as moto has it."""


def apply() -> None:
    """Mend moto's items in this process; ``mends.apply`` calls it once."""
    _project_without_copying()
    _answer_items_in_one_go()
    _measure_quickly()
    _compare_texts_as_texts()


def _project_without_copying() -> None:
    original = Item.project

    def project(self: Any, expressions: Sequence[Sequence[str]]) -> Any:
        names = whole_attributes(expressions)
        return projected(self, names) if names else original(self, expressions)

    Item.project = project


def whole_attributes(expressions: Sequence[Sequence[str]]) -> list[str]:
    """Return the names that a projection asks for; none if it looks into one of them."""
    if any(len(path) > 1 or path[0].endswith("]") for path in expressions):
        return []
    return [name for (name,) in expressions]


@dataclass(frozen=True)
class Answered:
    """An item as it is answered: moto asks for nothing else of one."""

    attrs: Any


def answered(item: Any, names: Sequence[str] = ()) -> Answered:
    """Return all of an item, or what it has of some attributes, without unpacking it for the next request."""
    held = packed_attributes(item)
    if held is None:
        held = {name: (value.type, value.value) for name, value in item.attrs.items()}
    chosen = [name for name in names if name in held] if names else held
    return Answered(_Wire({name: _wire(*held[name]) for name in chosen}))


def projected(item: Any, names: Sequence[str]) -> Any:
    held = item.attrs
    return _item(item.hash_key, item.range_key, {name: held[name] for name in names if name in held})


def _item(hash_key: Any, range_key: Any, attributes: dict[str, Any]) -> Any:
    """Return an item of moto's, past its constructor."""
    item = Item.__new__(Item)
    _fill(item, hash_key, range_key, attributes)
    return item


def _fill(item: Any, hash_key: Any, range_key: Any, attributes: dict[str, Any]) -> None:
    item.hash_key, item.range_key = hash_key, range_key
    held = LimitedSizeDict.__new__(LimitedSizeDict)
    dict.update(held, attributes)
    item.attrs = held


class _Wire(dict[str, Any]):
    """An item's attributes, already as JSON has them."""


def _answer_items_in_one_go() -> None:
    original_to_dict = utilities.dynamo_to_dict
    original_map = BaseJSONSerializer._serialize_type_map

    def dynamo_to_dict(value: Any) -> Any:
        if isinstance(value, _Wire):
            return value
        if isinstance(value, LimitedSizeDict):
            return _Wire({name: _wire(inner.type, inner.value) for name, inner in value.items()})
        return original_to_dict(value)

    def serialize_type_map(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if isinstance(value, _Wire):
            self._default_serialize(serialized, value, shape, key)
        else:
            original_map(self, serialized, value, shape, key)

    # It calls itself by its module's name.
    utilities.dynamo_to_dict = dynamo_to_dict
    responses.dynamo_to_dict = dynamo_to_dict
    BaseJSONSerializer._serialize_type_map = serialize_type_map


def _wire(kind: str, held: Any) -> dict[str, Any]:
    if kind in {"S", "N"}:
        return {kind: str(held)}
    if kind in {"BOOL", "NULL"}:
        return {kind: held}
    if kind == "B":
        return {kind: _base64(held)}
    if kind == "M":
        return {kind: {name: _wire(*_parts(inner)) for name, inner in held.items()}}
    if kind == "L":
        return {kind: [_wire(*_parts(inner)) for inner in held]}
    return {kind: [_base64(inner) if kind == "BS" else str(inner) for inner in held]}


def _parts(value: Any) -> tuple[str, Any]:
    """Return a value's type and what it holds, packed or as moto has it."""
    if isinstance(value, tuple):
        return value
    found = DynamoType(value)
    return found.type, found.value


def _base64(held: str | bytes) -> str:
    # As it came over the wire, or as bytes.
    return held if isinstance(held, str) else base64.b64encode(held).decode()


def _measure_quickly() -> None:
    """moto's constructor measures all attributes so far again for each that it adds."""

    def init(self: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
        _fill(self, hash_key, range_key, {name: DynamoType(value) for name, value in attrs.items()})
        if self.size() > LARGEST_ITEM:
            raise ItemSizeTooLarge

    def size(self: Any) -> int:
        known = bytes_of(self)
        if known is not None:
            return known
        return sum(text_bytes(name) + _value_bytes(value) for name, value in self.attrs.items())

    Item.__init__ = init
    Item.size = size


def _compare_texts_as_texts() -> None:
    """Keys are found by what they hold; moto asks each time whether that is of one of five other types."""
    original_hash, original_eq = DynamoType.__hash__, DynamoType.__eq__

    def hashed(self: Any) -> int:
        return hash(self.value) if self.type == "S" else original_hash(self)

    def equal(self: Any, other: Any) -> bool:
        if self.type == "S" == other.type:
            return bool(self.value == other.value)
        return bool(original_eq(self, other))

    DynamoType.__hash__, DynamoType.__eq__ = hashed, equal


def _value_bytes(value: Any) -> int:
    held = value.value
    return text_bytes(held) if type(held) is str else value.size()


def text_bytes(text: str) -> int:
    """Return how many bytes a text has as UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
