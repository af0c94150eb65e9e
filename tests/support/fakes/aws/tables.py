"""What DynamoDB holds: tables of items, each under its key, with conditions and limits on writing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.conditions import ConditionBase

from tests.support.fakes.aws.conditions import InvalidExpressionError, holds, partition_and_range
from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import refusal
from tests.support.fakes.aws.items import Item, copied, kept_item

ITEM_BYTES = 400 * 1024
Key = tuple[str, str]
"""Partition key and sort key; the latter is empty where a table has none."""


@dataclass
class Partition:
    """The items of one partition key, and their sort keys in order."""

    items: dict[str, Item] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)


@dataclass
class Table:
    """One table and how often each of its items was written."""

    name: str
    hash_name: str
    range_name: str | None = None
    partitions: defaultdict[str, Partition] = field(default_factory=lambda: defaultdict(Partition))
    writes: Counter[Key] = field(default_factory=Counter)
    before: dict[Key, Item | None] = field(default_factory=dict)
    """What each item was before it was last written: what a read that is not consistent may see."""

    @property
    def key_names(self) -> list[str]:
        """Return the names of the attributes that make a key."""
        return [self.hash_name] if self.range_name is None else [self.hash_name, self.range_name]

    def get(self, key: Key) -> Item | None:
        """Return the item itself, not to be changed by anyone."""
        found = self.partitions.get(key[0])
        return found.items.get(key[1]) if found else None

    def put(self, key: Key, item: Item | None) -> None:
        """Write or delete (None) an item."""
        partition = self.partitions[key[0]]
        self.writes[key] += 1
        self.before[key] = partition.items.get(key[1])
        if item is None:
            if partition.items.pop(key[1], None) is not None:
                del partition.order[bisect_left(partition.order, key[1])]
            return
        if key[1] not in partition.items:
            insort(partition.order, key[1])
        partition.items[key[1]] = item

    def key_of(self, request: Request, values: Mapping[str, Any], *, exact: bool = False) -> Key:
        """Return the key within an item, or (``exact``) a key as such."""
        if exact and values.keys() != set(self.key_names):
            raise invalid(request, "The provided key element does not match the schema")
        for name in self.key_names:
            if name not in values:
                raise invalid(request, f"One of the required keys was not given a value: {name}")
            if not isinstance(values[name], str) or not values[name]:
                raise invalid(request, f"The value of key {name} must be a string that is not empty")
        return values[self.hash_name], values[self.range_name] if self.range_name else ""

    def prepared(self, request: Request, item: Mapping[str, Any]) -> tuple[Key, Item, int]:
        """Return an item as it will be kept, with its key and size."""
        key = self.key_of(request, item)
        made, size = kept_item(item)
        if size > ITEM_BYTES:
            raise invalid(request, "Item size has exceeded the maximum allowed size")
        return key, made, size

    def holds(self, request: Request, key: Key, options: Mapping[str, Any]) -> bool:
        """Tell whether the condition among a write's options holds now."""
        expression = options.get("ConditionExpression")
        names, values = options.get("ExpressionAttributeNames"), options.get("ExpressionAttributeValues")
        if expression is None:
            if names or values:
                raise invalid(request, "ExpressionAttributeNames need an expression")
            return True
        try:
            return holds(expression, self.get(key), names, values)
        except InvalidExpressionError as error:
            raise invalid(request, f"Invalid ConditionExpression: {error}") from error

    def page(
        self,
        request: Request,
        condition: ConditionBase,
        *,
        after: Mapping[str, Any] | None,
        forward: bool,
        limit: int,
    ) -> tuple[list[Item], dict[str, str] | None]:
        """Return a page of a query, and the key it ended at if there may be more."""
        try:
            wanted, choose = partition_and_range(condition, self.hash_name, self.range_name)
        except InvalidExpressionError as error:
            raise invalid(request, str(error)) from error
        found = self.partitions.get(wanted, Partition())
        keys = choose(found.order)
        if after is not None:
            keys = _beyond(keys, self.key_of(request, after, exact=True)[1], forward=forward)
        ordered = keys if forward else keys[::-1]
        taken = ordered[:limit]
        last = dict(zip(self.key_names, (wanted, taken[-1]), strict=False)) if len(taken) == limit else None
        return [copied(found.items[key]) for key in taken], last


def _beyond(keys: Sequence[str], place: str, *, forward: bool) -> Sequence[str]:
    return [key for key in keys if (key > place if forward else key < place)]


def invalid(request: Request, message: str) -> Exception:
    """Return the error for a request that DynamoDB does not take."""
    return refusal(request, "ValidationException", message)
