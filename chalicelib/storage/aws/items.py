"""Between the domain's dataclasses and DynamoDB's items."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

Record = TypeVar("Record")
KEYS = frozenset({"pk", "sk"})
LARGEST_BODY = 350_000
"""Bytes of what an item carries; it may have 400 KB with all its names (DynamoDB)."""


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a dataclass; making one costs milliseconds."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_item(record: object) -> dict[str, Any]:
    """Return a dataclass as plain values that DynamoDB takes (no floats are kept anywhere)."""
    item: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    return item


def from_item(kind: type[Record], item: Mapping[str, Any]) -> Record:
    """Return an item as the dataclass it was; its Decimals become integers again."""
    values = {name: _plain(value) for name, value in item.items() if name not in KEYS}
    return cast(Record, _adapter(kind).validate_python(values))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value DynamoDB keeps
    """Return a value with integers where DynamoDB gives Decimals."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
