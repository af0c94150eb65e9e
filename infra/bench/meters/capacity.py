"""What DynamoDB would bill for a request: write and read units, from what went over the wire.

moto does not meter. The rules are AWS's: a write unit is 1 KB of an item, twice that in a
transaction; a read unit is 4 KB, half of it when the read need not be consistent.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

WRITE_BYTES = 1024
READ_BYTES = 4096
TRANSACTIONAL = 2
CONTAINER_BYTES = 3
"""AWS adds 3 bytes to a list or map, and 1 to each value in it."""

Attribute = Mapping[str, Any]
NAMES = re.compile(r"'(\w+)': \?")
INTO = re.compile(r'INSERT INTO "([^"]+)"')


def item_bytes(item: Mapping[str, Attribute]) -> int:
    """Return an item's size as AWS counts it: names and values in UTF-8."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(attribute: Attribute) -> int:
    """Return the size of one value in DynamoDB's own notation, e.g. ``{"S": "text"}``."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "B":
            # Bytes are base64 on the wire.
            return len(value.encode()) if kind == "S" else len(value) // 4 * 3 - str(value).count("=")
        case "N":
            # About one byte for two digits, and one more.
            return math.ceil(len(value.lstrip("-").replace(".", "")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "L":
            return CONTAINER_BYTES + sum(1 + value_bytes(inner) for inner in value)
        case "M":
            return CONTAINER_BYTES + len(value) + item_bytes(value)
    return sum(len(str(inner).encode()) for inner in value)  # the sets


def write_units(operation: str, request: Mapping[str, Any]) -> Counter[str]:
    """Return the write units of one request by table."""
    units: Counter[str] = Counter()
    for table, size in _writes(operation, request):
        # A transaction writes everything twice.
        units[table] += _units(size, WRITE_BYTES) * (TRANSACTIONAL if operation.startswith("Transact") else 1)
    return units


def _writes(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield each item that a request writes: its table, and its size."""
    match operation:
        case "TransactWriteItems":
            for entry in request["TransactItems"]:
                for action in entry.values():
                    yield action["TableName"], _written(action)
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield request["TableName"], _written(request)
        case "BatchWriteItem":
            for table, entries in request["RequestItems"].items():
                for entry in entries:
                    for action in entry.values():
                        yield table, _written(action)
        case "BatchExecuteStatement":
            for said in request["Statements"]:
                found = INTO.match(said["Statement"])
                if found:
                    yield found[1], _inserted(said)


def _inserted(said: Mapping[str, Any]) -> int:
    """Return the size of the item that a statement inserts: ``INSERT INTO "table" VALUE {'name': ?, …}``."""
    return item_bytes(dict(zip(NAMES.findall(said["Statement"]), said["Parameters"], strict=True)))


def read_units(operation: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, float]:
    """Return the read units of one request by table."""
    consistent = 1.0 if request.get("ConsistentRead") else 0.5
    match operation:
        case "GetItem":
            size = item_bytes(answer.get("Item", {}))
            return {request["TableName"]: consistent * _units(size, READ_BYTES)}
        case "Query" | "Scan":
            size = sum(map(item_bytes, answer.get("Items", [])))
            return {request["TableName"]: consistent * _units(size, READ_BYTES)}
        case "BatchGetItem":
            return _batch_units(request, answer)
    return {}


def _batch_units(request: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, float]:
    """Each item is a read of its own; so is each key that nothing was found of."""
    units: dict[str, float] = {}
    for table, asked in request["RequestItems"].items():
        found = answer.get("Responses", {}).get(table, [])
        kept_back = len(answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", []))
        nothing = len(asked["Keys"]) - len(found) - kept_back
        consistent = 1.0 if asked.get("ConsistentRead") else 0.5
        units[table] = consistent * (nothing + sum(_units(item_bytes(item), READ_BYTES) for item in found))
    return units


def _written(action: Mapping[str, Any]) -> int:
    # An update's item is not in its request; what it sets is the best that can be seen from here.
    values = action.get("Item") or {**action.get("Key", {}), **action.get("ExpressionAttributeValues", {})}
    return item_bytes(values)


def _units(size: int, unit: int) -> int:
    return max(1, math.ceil(size / unit))
