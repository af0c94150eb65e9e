"""One request to DynamoDB at a time, and transactions that can be undone.

moto copies whole tables before a transaction, and puts them back when it fails: among threads that loses
updates, and takes the longer the more a table holds. Here only the items that it names are kept.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import moto.dynamodb.models as dynamodb_models
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from infra.local.moto.dynamodb import packed_items
from infra.local.moto.dynamodb.lock import dynamodb_lock

_MISSING = object()


def apply() -> None:
    """Have moto answer one request at a time, and undo what a failed transaction has done, and no more."""
    _serve_one_request_at_a_time()
    _snapshot_only_touched_items()


def _serve_one_request_at_a_time() -> None:
    original = DynamoHandler.call_action

    def call_action(self: Any) -> Any:
        with dynamodb_lock:
            try:
                return original(self)
            finally:
                packed_items.put_away(self._get_action())

    DynamoHandler.call_action = call_action


def _snapshot_only_touched_items() -> None:
    backend = dynamodb_models.DynamoDBBackend
    original = backend.transact_write_items
    # moto's own rollback puts back the copies of tables that it made: let a table be its own copy.
    dynamodb_models.copy = SimpleNamespace(
        deepcopy=lambda value: value if isinstance(value, Table) else copy.deepcopy(value)
    )

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        with dynamodb_lock:
            before = _snapshot(self, transact_items)
            try:
                original(self, transact_items)
            except BaseException:
                for restore in before:
                    restore()
                raise

    backend.transact_write_items = transact_write_items


def _snapshot(backend: Any, transact_items: list[dict[str, Any]]) -> list[Callable[[], None]]:
    """Return, for each item that a transaction names, a call that puts it back as it is now."""
    restores = []
    for entry in transact_items:
        operation = next(iter(entry.values()))
        table = backend.tables.get(str(operation.get("TableName", "")).rpartition("/")[2])
        key = operation.get("Key") or operation.get("Item") or {}
        if table is not None and table.hash_key_attr in key:
            restores.append(_restore_of(table, key))
    return restores


def _restore_of(table: Any, key: dict[str, Any]) -> Callable[[], None]:
    hash_key = DynamoType(key[table.hash_key_attr])
    range_name = table.range_key_attr
    if range_name is None:
        return _restore_in(table.items, hash_key)
    if range_name not in key:
        return lambda: None  # refused by moto before anything is written
    range_key = DynamoType(key[range_name])
    # A partition that does not exist yet springs up when it is looked at, as moto's own reads do.
    return _restore_in(table.items[hash_key], range_key)


def _restore_in(items: dict[Any, Any], key: Any) -> Callable[[], None]:
    before = copy.deepcopy(items.get(key, _MISSING)) if key in items else _MISSING

    def restore() -> None:
        if before is _MISSING:
            items.pop(key, None)
        else:
            items[key] = before

    return restore
