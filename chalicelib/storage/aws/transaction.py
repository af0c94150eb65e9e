"""Several conditional writes as one: all or none (at most 100 items, 4 MB)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from chalicelib.storage.aws.clients import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

Write = dict[str, Any]
RACES = frozenset(
    {"TransactionCanceledException", "TransactionConflictException", "TransactionInProgressException"}
)

TRIES = 4
ABSENT = object()
"""An expected value: the item has no such field."""
LOST_RACES = 5
"""How often a whole step is tried, each time with what it reads then."""
Result = TypeVar("Result")
PAUSE_SECONDS = 0.01


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
        put = {"TableName": table, "Item": dict(item), **_condition(expected)}
        self.writes.append({"Put": put})

    def delete(self, table: str, key: Mapping[str, Any], *, expected: Mapping[str, Any]) -> None:
        """Delete an item whose named fields still have the expected values; none at all: in any case."""
        self.writes.append({"Delete": {"TableName": table, "Key": dict(key), **_condition(expected)}})

    def update(
        self, table: str, key: Mapping[str, Any], changes: Mapping[str, Any], *, expected: Mapping[str, Any]
    ) -> None:
        """Set some fields of an item that is there; an expected value of None: the field is not there."""
        names = {f"#{n}": name for n, name in enumerate([*expected, *changes])}
        marks = {name: mark for mark, name in names.items()}
        given = {name: value for name, value in expected.items() if value is not None}
        conditions = [f"{marks[name]} = :{n}" for n, name in enumerate(given)]
        conditions += [f"attribute_not_exists({marks[name]})" for name in expected if name not in given]
        update = {
            "TableName": table,
            "Key": dict(key),
            "UpdateExpression": "SET "
            + ", ".join(f"{marks[name]} = :new_{marks[name][1:]}" for name in changes),
            "ConditionExpression": " AND ".join(["attribute_exists(pk)", *conditions]),
            "ExpressionAttributeNames": {mark: name for name, mark in marks.items()},
            "ExpressionAttributeValues": {f":{n}": value for n, value in enumerate(given.values())}
            | {f":new_{marks[name][1:]}": value for name, value in changes.items()},
        }
        self.writes.append({"Update": update})

    def commit(self) -> None:
        """Write everything or nothing.

        A transaction that met another one on the same items, but whose conditions hold, is tried
        again. Raises LostRaceError if a condition no longer held or others stayed in the way.
        """
        for attempt in range(1, TRIES + 1):
            try:
                self._write()
            except ClientError as error:
                if error.response["Error"]["Code"] not in RACES:
                    raise
                if attempt == TRIES or _refused(error):
                    raise LostRaceError(str(error)) from error
                time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))
            else:
                return

    def _write(self) -> None:
        items: Sequence[TransactWriteItemTypeDef] = self.writes  # type: ignore[assignment]
        dynamodb().meta.client.transact_write_items(TransactItems=items)


def _condition(expected: Mapping[str, Any]) -> dict[str, Any]:
    if not expected:
        return {}
    conditions = [
        f"attribute_not_exists(#{n})" if value is ABSENT else f"#{n} = :{n}"
        for n, value in enumerate(expected.values())
    ]
    values = {f":{n}": value for n, value in enumerate(expected.values()) if value is not ABSENT}
    return {
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {f"#{n}": name for n, name in enumerate(expected)},
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def _refused(error: ClientError) -> bool:
    """Tell whether a condition failed, and not only another transaction was in the way."""
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)


def retry_on_lost_race(attempt: Callable[[], Result], *, tries: int = LOST_RACES) -> Result:
    """Return what an attempt comes to that reads how things stand and writes under a condition.

    It is made anew where somebody else wrote in between. Raises LostRaceError if that goes on.
    """
    for _ in range(tries - 1):
        try:
            return attempt()
        except LostRaceError:
            continue
    return attempt()
