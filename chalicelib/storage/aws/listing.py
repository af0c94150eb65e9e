"""Lists of ids, in the order of their making: partitions whose sort keys are ``CREATED_AT#ID``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.storage.aws.clients import dynamodb


@dataclass(frozen=True)
class Found:
    """Part of an answer, in order, and how many items were looked through for it."""

    ids: tuple[str, ...]
    looked_through: int


def listed(
    table: str,
    partition: str,
    *,
    condition: ConditionBase | None,
    ascending: bool,
    at_most: int | None,
    between: tuple[str, str] | None = None,
) -> Iterator[Found]:
    """Yield the ids of a list whose items meet a condition, as many at a time as one request brings.

    ``at_most`` is how many will be wanted, if that is known; ``between`` which sort keys: others are not
    read.
    """
    key: ConditionBase = Key("pk").eq(partition)
    if between is not None:
        key &= Key("sk").between(*between)
    options: dict[str, Any] = {
        "KeyConditionExpression": key,
        "ScanIndexForward": ascending,
        "ConsistentRead": True,
        "ProjectionExpression": "sk",
    }
    if condition is not None:
        options["FilterExpression"] = condition
    elif at_most is not None:
        options["Limit"] = max(1, at_most)
    while True:
        page: Mapping[str, Any] = dynamodb().Table(table).query(**options)
        yield Found(tuple(id_of(item) for item in page["Items"]), page["ScannedCount"])
        if "LastEvaluatedKey" not in page:
            return
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def id_of(item: Mapping[str, Any]) -> str:
    """Return the id that an item of such a list is of."""
    return str(item["sk"]).partition("#")[2]
