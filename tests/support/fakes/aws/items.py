"""DynamoDB's values: what it keeps of what Python gives it, how large that is, and copies of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import DYNAMODB_CONTEXT, Binary

Item = dict[str, Any]


def kept(value: Any) -> tuple[Any, int]:
    """Return a value as DynamoDB gives it back, and its size in bytes by DynamoDB's rule.

    Raises TypeError as boto3 does, for floats too.
    """
    if isinstance(value, str):
        return str(value), len(value) if value.isascii() else len(value.encode())
    if value is None or isinstance(value, bool):
        return value, 1
    if isinstance(value, int | Decimal):
        number = DYNAMODB_CONTEXT.create_decimal(value)
        return number, len(number.as_tuple().digits) // 2 + 2
    if isinstance(value, float):
        raise TypeError("Float types are not supported. Use Decimal types instead.")
    if isinstance(value, Binary):
        return value, len(octets(value))
    if isinstance(value, bytes | bytearray):
        return Binary(bytes(value)), len(value)
    return _kept_collection(value)


def _kept_collection(value: Any) -> tuple[Any, int]:
    if isinstance(value, Mapping):
        return kept_item(value, overhead=3)
    if isinstance(value, list | tuple):
        pairs = [kept(inner) for inner in value]
        return [inner for inner, _ in pairs], 3 + sum(size + 1 for _, size in pairs)
    if isinstance(value, set | frozenset) and value:
        pairs = [kept(inner) for inner in value]
        return {inner for inner, _ in pairs}, 3 + sum(size for _, size in pairs)
    raise TypeError(f'Unsupported type "{type(value)}" for value "{value}"')


def kept_item(item: Mapping[str, Any], overhead: int = 0) -> tuple[Item, int]:
    """Return a map as DynamoDB gives it back, and its size with its names."""
    result: Item = {}
    total = overhead
    for name, value in item.items():
        result[name], size = kept(value)
        total += size + len(name) + (1 if overhead else 0)
    return result, total


def octets(value: Binary) -> bytes:
    """Return the bytes of a binary value."""
    data: bytes = value.value  # type: ignore[attr-defined]  # the stubs forget it
    return data


def copied(value: Any) -> Any:
    """Return a copy of a kept value that shares nothing which can be changed."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    if isinstance(value, set):
        return set(value)
    return value


def projected(item: Item, expression: str | None, names: Mapping[str, str] | None) -> Item:
    """Return of an item what a projection asks for: whole attributes, by their names or placeholders."""
    if expression is None:
        return item
    wanted = [(names or {}).get(word.strip(), word.strip()) for word in expression.split(",")]
    return {name: item[name] for name in wanted if name in item}
