"""Items of tables: many of them in few requests, those of one partition in order, and spread over shards."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from boto3.dynamodb.conditions import ConditionBase, Key
from boto3.dynamodb.types import TypeDeserializer

from chalicelib.storage.aws.clients import dynamodb, plain_dynamodb

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
    spelled = [{name: {"S": value} for name, value in key.items()} for key in keys]
    rest: dict[str, Any] = {table: {"Keys": spelled, "ConsistentRead": True, **projection(attributes)}}
    deserialize = TypeDeserializer().deserialize
    fruitless = 0
    while rest:
        answer = plain_dynamodb().batch_get_item(RequestItems=rest)
        found = answer["Responses"].get(table, [])
        for item in found:
            yield {name: deserialize(value) for name, value in item.items()}
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


def job_partition(job_id: str) -> str:
    """Return the partition that tells a job's whole story."""
    return f"job#{job_id}"


def item_of(table: str, partition: str, sort: str) -> Mapping[str, Any] | None:
    """Return an item as it is now."""
    client = dynamodb().meta.client  # threads may share a client, but no Table
    answer = client.get_item(TableName=table, Key={"pk": partition, "sk": sort}, ConsistentRead=True)
    return answer.get("Item")


def items_under(table: str, partition: str, prefix: str = "") -> Iterator[Mapping[str, Any]]:
    """Yield the items whose sort keys begin with a prefix, in order, as they are now."""
    condition: ConditionBase = Key("pk").eq(partition)
    return items_where(table, condition & Key("sk").begins_with(prefix) if prefix else condition)


def items_where(
    table: str,
    condition: ConditionBase,
    attributes: Sequence[str] = (),
    *,
    newest_first: bool = False,
    at_most: int | None = None,
) -> Iterator[Mapping[str, Any]]:
    """Yield the items of one partition that meet a condition on their keys, in order, as they are now.

    With ``attributes``, only these of each item.
    """
    options: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ConsistentRead": True,
        "ScanIndexForward": not newest_first,
        **projection(attributes),
    }
    given = 0
    while at_most is None or given < at_most:
        if at_most is not None:
            options["Limit"] = at_most - given
        page = dynamodb().meta.client.query(**options)  # threads may share a client, but no Table
        yield from page["Items"]
        given += len(page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def delete_items(table: str, partition: str, prefix: str = "") -> None:
    """Delete the items of one partition, or those whose sort keys begin so.

    Raises ItemsNotWrittenError: some of it may be done.
    """
    condition: ConditionBase = Key("pk").eq(partition)
    if prefix:
        condition &= Key("sk").begins_with(prefix)
    found = items_where(table, condition, ("pk", "sk"))
    for batch in in_batches(found, READ_BATCH):
        write_items(table, deleted=[{"pk": str(item["pk"]), "sk": str(item["sk"])} for item in batch])


SHARDS = 16
"""Partitions of marks: jobs and alerts come and go faster than one takes writes (1,000 a second)."""


def shard_of(job_id: str) -> str:
    """Return which of several partitions a job's marks lie in."""
    return _shard(zlib.crc32(job_id.encode()))


def shards_from(first: int) -> Iterator[str]:
    """Yield all of them, beginning with another one for another number."""
    return (_shard(number) for number in range(first, first + SHARDS))


def _shard(number: int) -> str:
    return f"{number % SHARDS:02d}"
