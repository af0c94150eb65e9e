"""Read and write many items of a table in few requests."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.storage.aws import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

Thing = TypeVar("Thing")
READ_BATCH = 100
"""Items in one BatchGetItem (DynamoDB); of large ones it gives fewer, and says which it left out."""
WRITE_BATCH = 25
"""Items in one BatchWriteItem (DynamoDB)."""
TRIES = 8
"""In a row that brought nothing."""
PAUSE_SECONDS = 0.02


class ItemsNotReadError(Exception):
    """DynamoDB gave only part of the items, in several tries; never shown to a person."""


class ItemsNotWrittenError(Exception):
    """DynamoDB took only part of the items, in several tries; never shown to a person."""


def in_batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Yield things in lists of so many, the last one shorter; no further ahead than is asked for."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def read_items(
    table: str, keys: Sequence[Mapping[str, str]], attributes: Sequence[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """Yield the items of some keys, as they are now, in no order; those that are not there are left out.

    With ``attributes``, only these of each item. Raises ItemsNotReadError.
    """
    for batch in in_batches(keys, READ_BATCH):
        yield from _read(table, batch, attributes)


def write_items(
    table: str, items: Sequence[Mapping[str, Any]] = (), *, deleted: Sequence[Mapping[str, str]] = ()
) -> None:
    """Write items over whatever there is, and delete those of some keys; no key may come twice.

    Raises ItemsNotWrittenError: some of it may be done.
    """
    requests: list[dict[str, Any]] = [{"PutRequest": {"Item": item}} for item in items]
    requests += [{"DeleteRequest": {"Key": key}} for key in deleted]
    for batch in in_batches(requests, WRITE_BATCH):
        _write(table, batch)


def projection(attributes: Sequence[str]) -> dict[str, Any]:
    """Return a request's options by which DynamoDB gives only some attributes; none: all of them."""
    if not attributes:
        return {}
    # By placeholders, for many a plain word is reserved.
    names = {f"#{number}": name for number, name in enumerate(attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def _read(
    table: str, keys: list[Mapping[str, str]], attributes: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    rest: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True, **projection(attributes)}}
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


def _write(table: str, batch: Sequence[Mapping[str, Any]]) -> None:
    rest: dict[str, Any] = {table: list(batch)}
    fruitless = 0
    while rest:
        before = len(rest[table])
        requests: Mapping[str, Sequence[WriteRequestTypeDef]] = rest
        answer = dynamodb().meta.client.batch_write_item(RequestItems=requests)
        rest = dict(answer.get("UnprocessedItems") or {})
        fruitless = fruitless + 1 if rest and len(rest[table]) == before else 0
        if fruitless == TRIES:
            raise ItemsNotWrittenError(f"{before} of {len(batch)} items not taken")
        if rest:
            time.sleep(PAUSE_SECONDS * 2**fruitless)
