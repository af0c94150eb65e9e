"""Read many items of a table in few requests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.storage.aws import dynamodb

BATCH = 100
"""Items in one BatchGetItem (DynamoDB); of large ones it gives fewer, and says which it left out."""
TRIES = 8
"""In a row that brought nothing."""
PAUSE_SECONDS = 0.02


class ItemsNotReadError(Exception):
    """DynamoDB gave only part of the items, in several tries; never shown to a person."""


def read_items(table: str, keys: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
    """Yield the items of some keys, as they are now, in no order; those that are not there are left out.

    Raises ItemsNotReadError.
    """
    for start in range(0, len(keys), BATCH):
        yield from _read(table, keys[start : start + BATCH])


def _read(table: str, keys: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
    rest: dict[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": True}}
    fruitless = 0
    while rest:
        answer = dynamodb().meta.client.batch_get_item(RequestItems=rest)
        found = answer["Responses"].get(table, [])
        yield from found
        rest = dict(answer.get("UnprocessedKeys") or {})
        fruitless = 0 if found else fruitless + 1
        if fruitless == TRIES:
            raise ItemsNotReadError(f"{len(rest[table]['Keys'])} of {len(keys)} items not given")
        if rest:
            time.sleep(PAUSE_SECONDS * 2**fruitless)
