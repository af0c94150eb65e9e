"""PartiQL's ``INSERT`` in a batch, which moto cannot do with parameters.

Measured with moto 5.2.5: ``INSERT INTO "table" VALUE {'a': ?}`` ends in an error 500 of its parser, and what
it can do reads all items of all tables first. DynamoDB writes an item for which there is none, and tells of
any other ``DuplicateItem``; the rest of the batch goes on. Other statements are moto's affair.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from infra.local.moto.dynamodb_lock import dynamodb_lock

INSERT = re.compile(r'INSERT INTO "([\w.-]+)" VALUE \{((?:\'\w+\': \?(?:, )?)+)\}')
NAME = re.compile(r"'(\w+)'")
MOST_STATEMENTS = 25


def apply() -> None:
    """Mend moto in this process; ``mends.apply`` calls it, and whoever needs only this."""
    original = DynamoHandler.batch_execute_statement
    if hasattr(original, "mended"):
        return

    def batch_execute_statement(self: Any) -> ActionResult | str:
        statements = self.params.get("Statements", [])
        if not all(INSERT.fullmatch(said["Statement"]) for said in statements):
            return original(self)
        if not 1 <= len(statements) <= MOST_STATEMENTS:
            raise MockValidationException(f"A batch has 1 to {MOST_STATEMENTS} statements")
        with dynamodb_lock:
            told = [_insert(self, name, item) for name, item in items_of(statements)]
        # As JSON already: moto would walk through botocore's shapes for each answer.
        return json.dumps({"Responses": told})

    batch_execute_statement.mended = True  # type: ignore[attr-defined]
    DynamoHandler.batch_execute_statement = batch_execute_statement


def items_of(statements: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the table and the item of each statement that inserts one."""
    for said in statements:
        found = INSERT.fullmatch(said["Statement"])
        if found is not None:
            yield found[1], dict(zip(NAME.findall(found[2]), said.get("Parameters", []), strict=True))


def _insert(handler: Any, name: str, item: dict[str, Any]) -> dict[str, Any]:
    table = handler.dynamodb_backend.tables.get(name)
    if table is None:
        return {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}}
    place = (DynamoType(item[table.hash_key_attr]), DynamoType(item[table.range_key_attr]))
    if table.get_item(*place) is not None:
        return {
            "TableName": name,
            "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        }
    table.put_item(item)
    return {"TableName": name}
