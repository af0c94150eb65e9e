"""New items, many by one request, each only where there is none yet.

``PutItem`` has conditions but takes one item, ``BatchWriteItem`` takes many but has no conditions, and a
transaction costs twice the write units. PartiQL's ``INSERT`` in a ``BatchExecuteStatement`` is each item's
own affair: it costs what a put costs, and one that is there already is told as ``DuplicateItem``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.storage.aws.clients import plain_dynamodb
from chalicelib.storage.aws.tables import in_batches

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, BatchStatementRequestTypeDef

STATEMENTS = 25
"""In one BatchExecuteStatement (DynamoDB)."""


Value = str | int | bytes
"""What such an item may hold."""


def insert_items(table: str, items: Sequence[Mapping[str, Value]]) -> list[bool]:
    """Write each item for which there is none; tell of each whether it was written.

    One that was not may be there, or DynamoDB has not taken it at this moment: whoever needs to know asks
    for it by itself. Names of attributes must be plain words; no key may come twice.
    """
    return [written for batch in in_batches(items, STATEMENTS) for written in _insert(table, batch)]


def _insert(table: str, batch: Sequence[Mapping[str, Value]]) -> list[bool]:
    statements: list[BatchStatementRequestTypeDef] = [
        {
            "Statement": _statement(table, tuple(item)),
            "Parameters": [_spelled(value) for value in item.values()],
        }
        for item in batch
    ]
    answer = plain_dynamodb().batch_execute_statement(Statements=statements)
    return ["Error" not in told for told in answer["Responses"]]


def _spelled(value: Value) -> AttributeValueTypeDef:
    # boto3's own way to find this out tries a dozen types for each of thousands of values.
    if isinstance(value, str):
        return {"S": value}
    return {"B": value} if isinstance(value, bytes) else {"N": str(value)}


@lru_cache(maxsize=16)
def _statement(table: str, names: tuple[str, ...]) -> str:
    attributes = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{attributes}}}'
