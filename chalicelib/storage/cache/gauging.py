"""How large a cache is, told from a few requests however large it is.

Keys are digests and spread evenly: how far the first entries of a partition reach tells how many it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.aws.tables import projection
from chalicelib.storage.cache.items import FIRST_DIGITS, lives, partition_of

READ_AT_MOST = 500
"""Entries of each of the sixteen partitions: where there are more, some hundredths more or fewer are told."""
DIGITS = 8
"""Of a key, by which it is told how far entries reach."""
SPREAD = float(16 ** (DIGITS - 1))


@dataclass(frozen=True)
class Gauge:
    """How many entries a scope has, and their bytes as JSON."""

    entries: int
    bytes: int
    exact: bool
    """Otherwise it was told from some of them."""


@dataclass(frozen=True)
class _Beginning:
    sizes: list[int]
    reach: float
    """Which part of its partition these are."""


def gauge(table: str, scope: str, *, now: int) -> Gauge:
    """Tell how large a scope is, by sixteen requests."""
    found = in_parallel(lambda digit: _beginning(table, scope, digit, now), FIRST_DIGITS)
    count, size = sum(len(each.sizes) for each in found), sum(sum(each.sizes) for each in found)
    reach = sum(each.reach for each in found) / len(FIRST_DIGITS)
    return Gauge(round(count / reach), round(size / reach), reach == 1.0)


def _beginning(table: str, scope: str, digit: str, now: int) -> _Beginning:
    options: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": Key("pk").eq(partition_of(scope, digit)),
        "ConsistentRead": True,
        "Limit": READ_AT_MOST,
        **projection(("sk", "size", "expires_at")),
    }
    page: Mapping[str, Any] = dynamodb().meta.client.query(**options)
    sizes = [int(item["size"]) for item in page["Items"] if lives(item, now)]
    last = page.get("LastEvaluatedKey")
    return _Beginning(sizes, _reach(str(last["sk"])) if last else 1.0)


def _reach(key: str) -> float:
    """Return which part of all keys with the same first digit come up to this one."""
    return (int(key[1:DIGITS], 16) + 1) / SPREAD
