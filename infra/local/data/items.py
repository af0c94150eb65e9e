"""Keep what DynamoDB holds: each request's items are written down before the request is answered.

Not from what a request says, but from what moto made of it: after a request that may write, the items
it names are looked up and kept as they are. Tables themselves come from the template at each start,
and are filled as they are made. What only other PartiQL, imports and restored backups write is not kept.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models import Item as MotoItem
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.responses import DynamoHandler

from infra.local.data.failure import fatal
from infra.local.data.history import Item, KeptData
from infra.local.moto.dynamodb.inserts import items_of
from infra.local.moto.dynamodb.lock import dynamodb_lock


def keep(kept: KeptData) -> None:
    """Keep every table's items in ``kept``, and fill tables from there when they are made."""
    original_call = DynamoHandler.call_action
    original_create = DynamoDBBackend.create_table

    def call_action(self: Any) -> Any:
        with dynamodb_lock:
            try:
                return original_call(self)
            finally:
                touched = {item.key: item for item in _touched(self)}
                if touched:
                    with fatal():
                        kept.write(items=[item.now() for item in touched.values()])

    def create_table(self: Any, name: str, *positional: Any, **named: Any) -> Any:
        with dynamodb_lock:
            table = original_create(self, name, *positional, **named)
            with fatal():
                for item in kept.items(name):
                    _restore(table, json.loads(item.attributes or "{}"))
            return table

    DynamoHandler.call_action = call_action
    DynamoDBBackend.create_table = create_table


class _Touched:
    """An item that a request names."""

    def __init__(self, table: Any, key: dict[str, Any]) -> None:
        self._table = table
        self._hash = DynamoType(key[table.hash_key_attr])
        self._range = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
        self.key = (table.name, _key_text(self._hash), _key_text(self._range) if self._range else "")

    def now(self) -> Item:
        """Return it as it is now."""
        found = self._table.items.get(self._hash)
        if found is not None and self._range is not None:
            found = found.get(self._range)
        if found is None:
            return Item(*self.key, attributes=None)
        plain = {name: _plain(value) for name, value in found.attrs.items()}
        return Item(*self.key, attributes=json.dumps(plain, separators=(",", ":")))


def _touched(request: Any) -> Iterator[_Touched]:
    """Yield the items that a request may have written; none for one that only reads."""
    said = getattr(request, "params", None) or {}
    tables = request.dynamodb_backend.tables
    for name, key in _keys(request._get_action(), said):
        table = tables.get(str(name).rpartition("/")[2])
        if table is None or table.hash_key_attr not in key:
            continue
        if table.range_key_attr is None or table.range_key_attr in key:
            yield _Touched(table, key)


def _keys(action: str, said: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    match action:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield said.get("TableName", ""), said.get("Item") or said.get("Key") or {}
        case "TransactWriteItems":
            for entry in said.get("TransactItems", []):
                for operation, part in entry.items():
                    if operation != "ConditionCheck":
                        yield part.get("TableName", ""), part.get("Item") or part.get("Key") or {}
        case "BatchWriteItem":
            for name, entries in said.get("RequestItems", {}).items():
                for entry in entries:
                    for part in entry.values():
                        yield name, part.get("Item") or part.get("Key") or {}
        case "BatchExecuteStatement":
            yield from items_of(said.get("Statements", []))


def _key_text(value: DynamoType) -> str:
    """Return a key as text that is the same for equal keys: 1.0 and 1 are one number."""
    plain = str(Decimal(value.value).normalize()) if value.is_number() else _plain(value)[value.type]
    return json.dumps([value.type, plain])


def _plain(value: Any) -> Any:
    if isinstance(value, DynamoType):
        return {value.type: _plain(value.value)}
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(inner) for inner in value]
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _rich(plain: dict[str, Any]) -> DynamoType:
    """Return a value as moto holds it; its own constructor would build every level twice."""
    value = DynamoType.__new__(DynamoType)
    ((value.type, held),) = plain.items()
    if value.is_map():
        held = {name: _rich(inner) for name, inner in held.items()}
    elif value.is_list():
        held = [_rich(inner) for inner in held]
    elif value.is_set():
        held = [_bytes_or_text(inner) for inner in held]
    else:
        held = _bytes_or_text(held)
    value.value = held
    return value


def _bytes_or_text(plain: Any) -> Any:
    return base64.b64decode(plain["base64"]) if isinstance(plain, dict) else plain


def _restore(table: Any, plain: dict[str, Any]) -> None:
    # Past moto's constructor, which asks for the whole item's size at each attribute.
    item = MotoItem.__new__(MotoItem)
    attributes = LimitedSizeDict.__new__(LimitedSizeDict)
    dict.update(attributes, {name: _rich(value) for name, value in plain.items()})
    item.attrs = attributes
    item.hash_key = attributes[table.hash_key_attr]
    item.range_key = attributes[table.range_key_attr] if table.range_key_attr else None
    if item.range_key is None:
        table.items[item.hash_key] = item
    else:
        table.items[item.hash_key][item.range_key] = item
