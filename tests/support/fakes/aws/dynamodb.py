"""The DynamoDB resource of boto3 and its client, which both speak Python's values."""

# ruff: noqa: N803 - parameters have boto3's names

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from boto3.dynamodb.conditions import ConditionBase
from boto3.dynamodb.table import BatchWriter
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from tests.support.fakes.aws.conditions import meets
from tests.support.fakes.aws.faults import Fault, Request
from tests.support.fakes.aws.gate import Gate, refusal
from tests.support.fakes.aws.items import Item, copied, projected
from tests.support.fakes.aws.tables import Key, Table, invalid

TRANSACTION_ITEMS = 100
TRANSACTION_BYTES = 4 * 1024 * 1024
BATCH_ITEMS = 25
BATCH_KEYS = 100
BATCH_BYTES = 16 * 1024 * 1024
Answer = dict[str, Any]
Change = tuple[Table, Key, Item | None]


class FakeDynamodbClient:
    """``resource.meta.client``."""

    def __init__(self, tables: Iterable[Table], gate: Gate, page_items: int) -> None:
        self.tables = {table.name: table for table in tables}
        self.page_items = page_items
        self._gate = gate

    def get_item(self, *, TableName: str, Key: Mapping[str, Any], ConsistentRead: bool = False) -> Answer:
        request = Request("dynamodb", "get_item")

        def work() -> Answer:
            table = self._table(request, TableName)
            key = table.key_of(request, Key, exact=True)
            stale = not ConsistentRead and self._gate.faults.happens(Fault.STALE, request)
            item = table.before.get(key) if stale else table.get(key)
            return {} if item is None else {"Item": copied(item)}

        return self._gate.carry_out(request, work)

    def query(
        self,
        *,
        TableName: str,
        KeyConditionExpression: ConditionBase,
        ConsistentRead: bool = False,  # noqa: ARG002 - a query sees every write
        ScanIndexForward: bool = True,
        Limit: int | None = None,
        ExclusiveStartKey: Mapping[str, Any] | None = None,
        FilterExpression: ConditionBase | None = None,
        ProjectionExpression: str | None = None,
        ExpressionAttributeNames: Mapping[str, str] | None = None,
    ) -> Answer:
        request = Request("dynamodb", "query")

        def work() -> Answer:
            items, last = self._table(request, TableName).page(
                request,
                KeyConditionExpression,
                after=ExclusiveStartKey,
                forward=ScanIndexForward,
                limit=min(Limit or self.page_items, self.page_items),
            )
            scanned = len(items)
            items = [item for item in items if FilterExpression is None or meets(FilterExpression, item)]
            items = [projected(item, ProjectionExpression, ExpressionAttributeNames) for item in items]
            answer: Answer = {"Items": items, "Count": len(items), "ScannedCount": scanned}
            return answer if last is None else {**answer, "LastEvaluatedKey": last}

        return self._gate.carry_out(request, work)

    def put_item(self, *, TableName: str, Item: Mapping[str, Any], **condition: Any) -> Answer:
        request = Request("dynamodb", "put_item")
        return self._write_one(request, {"TableName": TableName, "Item": Item, **condition})

    def delete_item(self, *, TableName: str, Key: Mapping[str, Any], **condition: Any) -> Answer:
        request = Request("dynamodb", "delete_item")
        return self._write_one(request, {"TableName": TableName, "Key": Key, **condition})

    def update_item(
        self,
        *,
        TableName: str,
        Key: Mapping[str, Any],
        UpdateExpression: str,
        ExpressionAttributeNames: Mapping[str, str],
        ExpressionAttributeValues: Mapping[str, Any],
        ReturnValues: str = "NONE",
        **condition: Any,
    ) -> Answer:
        """Set attributes to values; nothing else of the language is there."""
        request = Request("dynamodb", "update_item")
        operation = {
            "TableName": TableName,
            "Key": Key,
            "UpdateExpression": UpdateExpression,
            "ExpressionAttributeNames": ExpressionAttributeNames,
            "ExpressionAttributeValues": ExpressionAttributeValues,
            **condition,
        }

        def work() -> Answer:
            table, key, item, _ = self._change(request, operation)
            if not table.holds(request, key, _conditional(operation)):
                raise refusal(request, "ConditionalCheckFailedException", "The conditional request failed")
            table.put(key, item)
            return {"Attributes": copied(item)} if ReturnValues == "ALL_NEW" else {}

        return self._gate.carry_out(request, work)

    def _write_one(self, request: Request, operation: Mapping[str, Any]) -> Answer:
        def work() -> Answer:
            table, key, item, _ = self._change(request, operation)
            if not table.holds(request, key, operation):
                raise refusal(request, "ConditionalCheckFailedException", "The conditional request failed")
            before = table.get(key)
            table.put(key, item)
            if operation.get("ReturnValues") == "ALL_OLD" and before is not None:
                return {"Attributes": copied(before)}
            return {}

        return self._gate.carry_out(request, work)

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> Answer:
        request = Request("dynamodb", "transact_write_items")
        return self._gate.carry_out(request, lambda: self._transact(request, TransactItems))

    def _transact(self, request: Request, entries: Sequence[Mapping[str, Any]]) -> Answer:
        if not 1 <= len(entries) <= TRANSACTION_ITEMS:
            raise invalid(request, f"transactItems must have between 1 and {TRANSACTION_ITEMS} members")
        changes: list[Change] = []
        reasons: list[str] = []
        touched: set[tuple[str, Key]] = set()
        total = 0
        for entry in entries:
            ((kind, operation),) = entry.items()
            table, key, item, size = self._change(request, operation)
            if (table.name, key) in touched:
                raise invalid(request, "Transaction request cannot include multiple operations on one item")
            touched.add((table.name, key))
            total += size
            holds = table.holds(request, key, _conditional(operation))
            reasons.append("None" if holds else "ConditionalCheckFailed")
            if kind != "ConditionCheck":
                changes.append((table, key, item))
        if total > TRANSACTION_BYTES:
            raise invalid(request, "Collection size limit exceeded")
        if self._gate.faults.happens(Fault.CONFLICT, request):
            reasons[0] = "TransactionConflict"
        if set(reasons) != {"None"}:
            raise _cancelled(request, reasons)
        for table, key, item in changes:
            table.put(key, item)
        return {}

    def batch_write_item(self, *, RequestItems: Mapping[str, Sequence[Mapping[str, Any]]]) -> Answer:
        request = Request("dynamodb", "batch_write_item")
        return self._gate.carry_out(request, lambda: self._batch(request, RequestItems))

    def _batch(self, request: Request, asked: Mapping[str, Sequence[Mapping[str, Any]]]) -> Answer:
        flat = [(name, entry) for name, entries in asked.items() for entry in entries]
        if not 1 <= len(flat) <= BATCH_ITEMS:
            raise invalid(request, f"Too many items requested for the BatchWriteItem call: {len(flat)}")
        changes: list[Change] = []
        total = 0
        for name, entry in flat:
            (operation,) = entry.values()
            table, key, item, size = self._change(request, {"TableName": name, **operation})
            if any(known is table and other == key for known, other, _ in changes):
                raise invalid(request, "Provided list of item keys contains duplicates")
            changes.append((table, key, item))
            total += size
        if total > BATCH_BYTES:
            raise invalid(request, "Too many bytes requested for the BatchWriteItem call")
        left = self._left_over(request, len(flat))
        unprocessed: dict[str, list[Mapping[str, Any]]] = {}
        for number, ((name, entry), (table, key, item)) in enumerate(zip(flat, changes, strict=True)):
            if number in left:
                unprocessed.setdefault(name, []).append(entry)
            else:
                table.put(key, item)
        return {"UnprocessedItems": unprocessed}

    def batch_execute_statement(self, *, Statements: Sequence[Mapping[str, Any]]) -> Answer:
        """Insert items by PartiQL; nothing else of the language is there."""
        request = Request("dynamodb", "batch_execute_statement")
        return self._gate.carry_out(request, lambda: self._insert(request, Statements))

    def _insert(self, request: Request, statements: Sequence[Mapping[str, Any]]) -> Answer:
        if not 1 <= len(statements) <= BATCH_ITEMS:
            raise invalid(request, f"Member must have length less than or equal to {BATCH_ITEMS}")
        changes = [self._change(request, _inserted(request, said)) for said in statements]
        left = self._left_over(request, len(statements))
        responses: list[dict[str, Any]] = []
        for number, (table, key, item, _) in enumerate(changes):
            told: dict[str, Any] = {"TableName": table.name}
            if number in left:
                told["Error"] = {"Code": "ThrottlingError", "Message": "Rate exceeded"}
            elif table.get(key) is not None:
                told["Error"] = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
            else:
                table.put(key, item)
            responses.append(told)
        return {"Responses": responses}

    def batch_get_item(self, *, RequestItems: Mapping[str, Mapping[str, Any]]) -> Answer:
        request = Request("dynamodb", "batch_get_item")
        return self._gate.carry_out(request, lambda: self._get_batch(request, RequestItems))

    def _get_batch(self, request: Request, asked: Mapping[str, Mapping[str, Any]]) -> Answer:
        flat = [(name, key) for name, wanted in asked.items() for key in wanted["Keys"]]
        if not 1 <= len(flat) <= BATCH_KEYS:
            raise invalid(request, f"Too many items requested for the BatchGetItem call: {len(flat)}")
        left = self._left_over(request, len(flat))
        responses: dict[str, list[Item]] = {name: [] for name in asked}
        unprocessed: dict[str, dict[str, Any]] = {}
        seen: set[tuple[str, Key]] = set()
        for number, (name, key) in enumerate(flat):
            table = self._table(request, name)
            place = table.key_of(request, key, exact=True)
            if (name, place) in seen:
                raise invalid(request, "Provided list of item keys contains duplicates")
            seen.add((name, place))
            if number in left:
                unprocessed.setdefault(name, {**asked[name], "Keys": []})["Keys"].append(key)
            elif (item := table.get(place)) is not None:
                responses[name].append(
                    projected(
                        copied(item),
                        asked[name].get("ProjectionExpression"),
                        asked[name].get("ExpressionAttributeNames"),
                    )
                )
        return {"Responses": responses, "UnprocessedKeys": unprocessed}

    def _left_over(self, request: Request, count: int) -> set[int]:
        """Choose what of a batch is not taken: never all of it, which would be a throttled request."""
        if count == 1 or not self._gate.faults.happens(Fault.PARTIAL, request):
            return set()
        dice = self._gate.faults.dice
        return set(dice.sample(range(count), dice.randrange(1, count)))

    def _change(self, request: Request, operation: Mapping[str, Any]) -> tuple[Table, Key, Item | None, int]:
        table = self._table(request, operation["TableName"])
        if "Item" in operation:
            return (table, *table.prepared(request, operation["Item"]))
        key = table.key_of(request, operation["Key"], exact=True)
        if "UpdateExpression" in operation:
            before: Mapping[str, Any] = table.get(key) or operation["Key"]
            return (table, *table.prepared(request, {**before, **_assigned(request, operation)}))
        return table, key, None, 0

    def _table(self, request: Request, name: str) -> Table:
        if name not in self.tables:
            raise refusal(request, "ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]


def _conditional(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an operation with the placeholders of its condition only: those of its update are not that's."""
    if "UpdateExpression" not in operation:
        return operation
    words = set(re.findall(r"[#:]\w+", operation.get("ConditionExpression", "")))
    found = {
        name: {mark: some for mark, some in operation.get(name, {}).items() if mark in words}
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues")
    }
    return {**operation, **found}


def _inserted(request: Request, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read ``INSERT INTO "table" VALUE {'a': ?, 'b': ?}``."""
    parts = re.fullmatch(r"INSERT INTO \"([\w.-]+)\" VALUE \{(.+)\}", said["Statement"])
    names = [re.fullmatch(r"'(\w+)': \?", part) for part in parts[2].split(", ")] if parts else [None]
    if parts is None or None in names:
        raise invalid(request, f"Statement wasn't well formed: {said['Statement']}")
    found = [name[1] for name in names if name is not None]
    return {"TableName": parts[1], "Item": dict(zip(found, said["Parameters"], strict=True))}


def _assigned(request: Request, operation: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``SET #a = :a, #b = :b``."""
    expression = operation["UpdateExpression"]
    parts = re.fullmatch(r"SET (#\w+ = :\w+(?:, #\w+ = :\w+)*)", expression)
    if parts is None:
        raise invalid(request, f"Invalid UpdateExpression: {expression}")
    names, values = operation["ExpressionAttributeNames"], operation["ExpressionAttributeValues"]
    pairs = [pair.split(" = ") for pair in parts[1].split(", ")]
    return {names[name]: values[value] for name, value in pairs}


def _cancelled(request: Request, codes: list[str]) -> Exception:
    told = ", ".join(codes)
    return refusal(
        request,
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{told}]",
        CancellationReasons=[{"Code": code} for code in codes],
    )


@dataclass(frozen=True)
class FakeTable:
    """``resource.Table(name)``."""

    name: str
    meta: Any

    def get_item(self, **options: Any) -> Answer:
        answer: Answer = self.meta.client.get_item(TableName=self.name, **options)
        return answer

    def query(self, **options: Any) -> Answer:
        answer: Answer = self.meta.client.query(TableName=self.name, **options)
        return answer

    def put_item(self, **options: Any) -> Answer:
        answer: Answer = self.meta.client.put_item(TableName=self.name, **options)
        return answer

    def delete_item(self, **options: Any) -> Answer:
        answer: Answer = self.meta.client.delete_item(TableName=self.name, **options)
        return answer

    def update_item(self, **options: Any) -> Answer:
        answer: Answer = self.meta.client.update_item(TableName=self.name, **options)
        return answer

    def batch_writer(self) -> BatchWriter:
        return BatchWriter(self.name, self.meta.client)


class FakePlainDynamodb:
    """boto3's client without a resource, which wants values spelled as DynamoDB does."""

    def __init__(self, client: FakeDynamodbClient) -> None:
        self._client = client

    def batch_execute_statement(self, *, Statements: Sequence[Mapping[str, Any]]) -> Answer:
        return self._client.batch_execute_statement(
            Statements=[
                {**said, "Parameters": [_python(value) for value in said["Parameters"]]}
                for said in Statements
            ]
        )

    def batch_get_item(self, *, RequestItems: Mapping[str, Mapping[str, Any]]) -> Answer:
        asked = {
            name: {**wanted, "Keys": [_each(_python, key) for key in wanted["Keys"]]}
            for name, wanted in RequestItems.items()
        }
        answer = self._client.batch_get_item(RequestItems=asked)
        spell = TypeSerializer().serialize
        return {
            **answer,
            "Responses": {
                name: [_each(spell, item) for item in items] for name, items in answer["Responses"].items()
            },
            "UnprocessedKeys": {
                name: {**left, "Keys": [_each(spell, key) for key in left["Keys"]]}
                for name, left in answer["UnprocessedKeys"].items()
            },
        }


def _each(turn: Callable[[Any], Any], item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: turn(value) for name, value in item.items()}


def _python(value: Any) -> Any:
    found: Any = TypeDeserializer().deserialize(value)
    return found.value if "B" in value else found


class FakeDynamodb:
    """``boto3.resource("dynamodb")``."""

    def __init__(self, tables: Iterable[Table], gate: Gate, page_items: int) -> None:
        self.client = FakeDynamodbClient(tables, gate, page_items)
        self.meta = SimpleNamespace(client=self.client)

    def Table(self, name: str) -> FakeTable:  # noqa: N802 - boto3's name
        return FakeTable(name, self.meta)

    def batch_write_item(self, **options: Any) -> Answer:
        return self.client.batch_write_item(**options)
