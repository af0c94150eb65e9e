"""Read what lies in one partition of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.storage.aws import dynamodb


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
    if prefix:
        condition &= Key("sk").begins_with(prefix)
    start: dict[str, Any] = {}
    while True:
        page = dynamodb().Table(table).query(KeyConditionExpression=condition, ConsistentRead=True, **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
