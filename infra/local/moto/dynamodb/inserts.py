"""PartiQL's ``INSERT`` in a batch, which moto cannot do with parameters.

Measured with moto 5.2.5: ``INSERT INTO "table" VALUE {'a': ?}`` ends in an error 500 of its parser, and what
it can do reads all items of all tables first. DynamoDB writes an item for which there is none, and tells of
any other ``DuplicateItem``; the rest of the batch goes on. Other statements are moto's affair.

A job's answers are thousands of such items, so they are packed (``packed_items``) without becoming moto's
objects first, and the request is read as the JSON that it is, not by botocore's shapes: a third of the time.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from infra.local.moto.dynamodb import packed_items
from infra.local.moto.dynamodb.items import text_bytes
from infra.local.moto.dynamodb.lock import dynamodb_lock
from infra.local.moto.dynamodb.plain_requests import read_as_json

INSERT = re.compile(r'INSERT INTO "([\w.-]+)" VALUE \{((?:\'\w+\': \?(?:, )?)+)\}')
NAME = re.compile(r"'(\w+)'")
MOST_STATEMENTS = 25
FLAT = frozenset({"S", "N", "B"})
QUICK_BYTES = 300_000
"""What is near DynamoDB's limits moto looks at: this is below them for an item, ..."""
QUICK_KEY = 500
"""... and this, in characters, for its keys."""


def apply() -> None:
    """Mend moto in this process; ``mends.apply`` calls it, and whoever needs only this."""
    original = DynamoHandler.batch_execute_statement
    if hasattr(original, "mended"):
        return

    def batch_execute_statement(self: Any) -> ActionResult | str:
        statements = self.params.get("Statements", [])
        if not _inserts(statements):
            return original(self)
        if not 1 <= len(statements) <= MOST_STATEMENTS:
            raise MockValidationException(f"A batch has 1 to {MOST_STATEMENTS} statements")
        with dynamodb_lock:
            tables = self.dynamodb_backend.tables
            told = [_insert(tables, name, item) for name, item in items_of(statements)]
        # As JSON already: moto would walk through botocore's shapes for each answer.
        return json.dumps({"Responses": told})

    batch_execute_statement.mended = True  # type: ignore[attr-defined]
    DynamoHandler.batch_execute_statement = batch_execute_statement
    read_as_json("BatchExecuteStatement", lambda said: _inserts(said.get("Statements")))


def items_of(statements: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the table and the item of each statement that inserts one."""
    for said in statements:
        found = _read(said["Statement"])
        if found is not None:
            table, names = found
            yield table, dict(zip(names, said.get("Parameters", []), strict=True))


def _inserts(statements: list[dict[str, Any]] | None) -> bool:
    return all(_read(said["Statement"]) is not None for said in statements or [])


@lru_cache(maxsize=64)
def _read(statement: str) -> tuple[str, list[str]] | None:
    """Return the table and the names of the attributes of a statement that inserts."""
    found = INSERT.fullmatch(statement)
    return None if found is None else (found[1], NAME.findall(found[2]))


def _insert(tables: Mapping[str, Any], name: str, item: dict[str, Any]) -> dict[str, Any]:
    table = tables.get(name)
    if table is None:
        return {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}}
    keys = DynamoType(item[table.hash_key_attr]), DynamoType(item[table.range_key_attr])
    partition = table.items.get(keys[0])
    if partition is not None and keys[1] in partition:
        return {
            "TableName": name,
            "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        }
    plain = {name: _plain(*next(iter(value.items()))) for name, value in item.items()}
    size = _flat_bytes(plain) if packed_items.applied() and table.stream_shard is None else None
    if size is not None and size < QUICK_BYTES and _quick(keys[0]) and _quick(keys[1]):
        table.items[keys[0]][keys[1]] = packed_items.packed(*keys, plain, size)
    else:
        table.put_item({name: {kind: held} for name, (kind, held) in plain.items()})
    return {"TableName": name}


def _quick(key: Any) -> bool:
    return key.type == "S" and 0 < len(key.value) < QUICK_KEY


def _flat_bytes(plain: Mapping[str, tuple[str, Any]]) -> int | None:
    """Return the size of an item, or None if it has more than texts, numbers and bytes."""
    size = 0
    for name, (kind, held) in plain.items():
        if kind not in FLAT:
            return None
        size += text_bytes(name) + (len(held) if kind == "B" else text_bytes(held))
    return size


def _plain(kind: str, held: Any) -> tuple[str, Any]:
    """Return an attribute as moto holds it: what is binary comes as text."""
    return kind, base64.b64decode(held) if kind == "B" else held
