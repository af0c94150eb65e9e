"""Queries of the local DynamoDB at the speed that thousands of items need; the answers are moto's own.

Measured with moto 5.2.5: a query of a partition sorts the table, compares by way of Decimals, asks twice
for each item's size and copies all of it in depth. Here a plain query reads its partition once. What is
rare (indexes, filters, tables without sort keys) still goes moto's way.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import inspect
import threading
from collections.abc import Callable, Iterable
from typing import Any

import moto.dynamodb.models.table as table_models
from moto.dynamodb.comparisons import OpDefault, get_comparison_func
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from infra.local.moto.dynamodb.items import answered, whole_attributes

_partition_read = threading.local()


def apply() -> None:
    """Mend moto's queries in this process; ``mends.apply`` calls it once."""
    _query_only_the_partition()


def _query_only_the_partition() -> None:
    original_query = Table.query
    original_all_items = Table.all_items
    signature = inspect.signature(original_query)

    def query(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named)
        given.apply_defaults()
        asked = given.arguments
        if asked["index_name"]:
            return original_query(self, *positional, **named)
        if _is_plain(self, asked):
            return _plain_query(self, asked)
        _partition_read.of = (self, asked["hash_key"])
        try:
            return original_query(self, *positional, **named)
        finally:
            _partition_read.of = None

    def all_items(self: Any) -> Any:
        reading = getattr(_partition_read, "of", None)
        if reading is None or reading[0] is not self:
            return original_all_items(self)
        found = self.items.get(reading[1])
        if found is None:
            return []
        return list(found.values()) if self.range_key_attr else [found]

    Table.query = query
    Table.all_items = all_items


def _is_plain(table: Any, asked: dict[str, Any]) -> bool:
    start = asked["exclusive_start_key"]
    return (
        asked["hash_key"] is not None
        and table.range_key_attr is not None
        and isinstance(asked["filter_expression"], OpDefault | None)
        and not asked["filter_kwargs"]
        and (
            start is None
            or (
                start.keys() == {table.hash_key_attr, table.range_key_attr}
                and DynamoType(start[table.hash_key_attr]) == asked["hash_key"]
            )
        )
    )


def _plain_query(table: Any, asked: dict[str, Any]) -> tuple[list[Any], int, dict[str, Any] | None]:
    """Return a page as ``Table.query`` does.

    It ends before the first item that would be too many, or too much, whether or not that one would
    meet the condition.
    """
    compare, limit = _comparison(asked), asked["limit"]
    found: list[Any] = []
    total, last = 0, None
    for item in _in_order(table, asked):
        size = item.size()
        if len(found) == limit or total + size > table_models.RESULT_SIZE_LIMIT:
            last = table._get_last_evaluated_key(found[-1], None)
            break
        if compare is None or compare(item.range_key.cast_value):
            found.append(item)
            total += size
    expressions = asked["projection_expressions"]
    names = whole_attributes(expressions or [])
    if names or not expressions:
        shown = [answered(item, names) for item in found]
    else:
        shown = [item.project(expressions) for item in found]
    return shown, len(found), last


def _in_order(table: Any, asked: dict[str, Any]) -> Iterable[Any]:
    """Return a partition's items from behind the start of the page."""
    forward = asked["scan_index_forward"] is not False
    partition = table.items.get(asked["hash_key"], {}).values()
    if table.range_key_type == "S":
        items = sorted(partition, key=lambda item: item.range_key.value, reverse=not forward)
    else:
        items = sorted(partition, key=lambda item: item.range_key.cast_value, reverse=not forward)
    start = asked["exclusive_start_key"]
    if start is None:
        return items
    place = DynamoType(start[table.range_key_attr]).cast_value
    return (
        item
        for item in items
        if (item.range_key.cast_value > place if forward else item.range_key.cast_value < place)
    )


def _comparison(asked: dict[str, Any]) -> Callable[[Any], bool] | None:
    if not asked["range_comparison"]:
        return None
    compare = get_comparison_func(asked["range_comparison"])
    values = [value.cast_value for value in asked["range_objs"]]
    return lambda key: bool(compare(key, *values))
