"""What is read and written of the marks by which workers share themselves out, in DynamoDB's units."""

import math
from collections.abc import Sequence
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from chalicelib.domain.providers.places import Holder, Places
from chalicelib.domain.runs.turns import Place, Waiting
from chalicelib.storage.aws.items import to_item
from chalicelib.storage.turns import MOST_READ
from infra.bench.meters.capacity import READ_BYTES, WRITE_BYTES, item_bytes

SERIALIZER = TypeSerializer()
ID = "0" * 36
PLACE = Place(ID, ID, 1, 250_000)


def bytes_of(item: dict[str, Any]) -> int:
    """Return the size of an item as AWS counts it."""
    return item_bytes({name: SERIALIZER.serialize(value) for name, value in item.items()})


MARK_BYTES = bytes_of(
    {"pk": "turns", "sk": f"waiting#{ID}#{ID}#0001#000250000", **to_item(Waiting(PLACE, 1_764_380_000_000))}
)


def look_units(waiting: int, working: int) -> int:
    """Return the read units of a worker's look: both ranges of others' slices, and who works if any wait."""
    seen = min(waiting, MOST_READ)
    units = 2 if not seen else 1 + _read(seen)
    return units + (_read(min(working, MOST_READ)) if seen else 0)


def _read(marks: int) -> int:
    return max(1, math.ceil(marks * MARK_BYTES / READ_BYTES))


def places_units(holders: Sequence[str]) -> int:
    """Return the write units of the item that says who has a model's places."""
    held = {name: Holder(4, 250, 1_764_380_000_000) for name in holders}
    item = {"pk": "places", "sk": f"openai#{ID[:16]}#gpt-4o-mini", **to_item(Places(1, held))}
    return math.ceil(bytes_of(item) / WRITE_BYTES)
