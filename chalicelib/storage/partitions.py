"""Read what lies in one partition of a table."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.storage.aws import dynamodb
from chalicelib.storage.batches import projection


def job_partition(job_id: str) -> str:
    """Return the partition that tells a job's whole story."""
    return f"job#{job_id}"


def item_of(table: str, partition: str, sort: str) -> Mapping[str, Any] | None:
    """Return an item as it is now."""
    answer = dynamodb().Table(table).get_item(Key={"pk": partition, "sk": sort}, ConsistentRead=True)
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
