"""Several conditional writes as one: all or none (at most 100 items, 4 MB)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.storage.aws import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Write = dict[str, Any]
RACES = frozenset(
    {"TransactionCanceledException", "TransactionConflictException", "TransactionInProgressException"}
)


class LostRaceError(Exception):
    """Somebody else wrote first; read again and decide anew. Never shown to a person."""


@dataclass
class Transaction:
    """Writes collected to be committed together."""

    writes: list[Write] = field(default_factory=list)

    def put(self, table: str, item: Mapping[str, Any], *, new: bool = True) -> None:
        """Write an item; ``new`` refuses to overwrite one."""
        write: Write = {"TableName": table, "Item": dict(item)}
        if new:
            write["ConditionExpression"] = "attribute_not_exists(pk)"
        self.writes.append({"Put": write})

    def replace(self, table: str, item: Mapping[str, Any], *, expected: Mapping[str, Any]) -> None:
        """Write an item over one whose named fields still have the expected values."""
        names = {f"#{index}": name for index, name in enumerate(expected)}
        values = {f":{index}": value for index, value in enumerate(expected.values())}
        self.writes.append(
            {
                "Put": {
                    "TableName": table,
                    "Item": dict(item),
                    "ConditionExpression": " AND ".join(f"#{n} = :{n}" for n in range(len(names))),
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": values,
                }
            }
        )

    def commit(self) -> None:
        """Write everything or nothing.

        Raises LostRaceError if a condition no longer held or another writer was in the way.
        """
        items: Sequence[TransactWriteItemTypeDef] = self.writes  # type: ignore[assignment]
        try:
            dynamodb().meta.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if error.response["Error"]["Code"] in RACES:
                raise LostRaceError(str(error)) from error
            raise
