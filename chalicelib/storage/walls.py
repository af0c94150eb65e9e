"""Which walls stand around strangers' programs: partition ``walls`` of the jobs table, an item a function."""

from __future__ import annotations

import contextlib
from typing import Any

from boto3.dynamodb.conditions import Key
from pydantic import ValidationError

from chalicelib.domain.runs.walls import Walls, WallsRecord
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import items_where

PARTITION = "walls"
MOST_FUNCTIONS = 50
"""More than a stage has that run jobs; older names stay behind where functions were renamed."""


class WallsStore:
    """The jobs table, and what this process has written there: it says the same only once."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._written: dict[str, Any] | None = None

    def note(self, record: WallsRecord) -> None:
        """Keep a function's record over the one before, unless this process has kept one like it."""
        said = _without_limits(record.walls)
        if said == self._written:
            return
        item = {"pk": PARTITION, "sk": record.function, **to_item(record)}
        dynamodb().meta.client.put_item(TableName=self._table, Item=item)
        self._written = said

    def all(self) -> list[WallsRecord]:
        """Return the records of all functions, by their names, in one request.

        One that another release of Perch has written, and this one cannot read, is left out.
        """
        records = []
        for item in items_where(self._table, Key("pk").eq(PARTITION), at_most=MOST_FUNCTIONS):
            with contextlib.suppress(ValidationError):
                records.append(from_item(WallsRecord, item))
        return records


def _without_limits(walls: Walls) -> dict[str, Any]:
    """Their numbers are each jail's own: only which there are is worth a write."""
    return {**walls.to_dict(), "limits": sorted(walls.limits)}
