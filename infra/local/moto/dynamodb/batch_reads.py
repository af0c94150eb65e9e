"""Reads of up to a hundred items by one request, at the speed that lookups need; the answers are moto's own.

Measured with moto 5.2.5: a ``BatchGetItem`` of a hundred keys compares each with each, and is read by
botocore's shapes, which try ten types for each value.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

from collections.abc import Sequence
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from infra.local.moto.dynamodb.plain_requests import read_as_json

PLAIN = frozenset({"S", "N"})
"""Types of keys that are in a request as moto takes them."""


def apply() -> None:
    """Mend moto in this process; ``mends.apply`` calls it once."""

    def contains_duplicates(_self: Any, keys: Sequence[dict[str, Any] | str]) -> bool:
        # Those of writes come as JSON.
        return len({key if isinstance(key, str) else repr(sorted(key.items())) for key in keys}) < len(keys)

    read_as_json("BatchGetItem", _has_plain_keys)
    DynamoHandler._contains_duplicates = contains_duplicates


def _has_plain_keys(said: Any) -> bool:
    """Tell whether a request is what it should be, with keys of texts and numbers; moto reads the rest."""
    asked = said.get("RequestItems") if isinstance(said, dict) else None
    if not isinstance(asked, dict) or not all(isinstance(table, dict) for table in asked.values()):
        return False
    keys = [key for table in asked.values() for key in table.get("Keys") or [None]]
    return all(isinstance(key, dict) and all(map(_is_plain, key.values())) for key in keys)


def _is_plain(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= PLAIN
