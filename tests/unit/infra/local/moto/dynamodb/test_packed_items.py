"""Items are packed between requests: they take little memory, and no request can tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.unit.infra.local.moto.test_mends import a_table
from tests.unit.infra.local.servers import resident_megabytes

ATTRIBUTES = 40
SHAPES: dict[str, Any] = {
    "text": {"S": "é\u2028" * 300},
    "number": {"N": "-1.5E-7"},
    "bytes": {"B": b"\x00\xff"},
    "many": {"BS": [b"\x00", b"\x01"]},
    "words": {"SS": ["a", "b"]},
    "truth": {"BOOL": True},
    "nothing": {"NULL": True},
    "deep": {"L": [{"M": {"below_it": {"L": [{"B": b"x"}, {"N": "7"}, {"M": {}}]}}}, {"S": ""}]},
}


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Any]:
    with a_table(tmp_path) as (_, dynamodb):
        yield dynamodb


def wide(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, **{f"name-{place}": {"S": name} for place in range(ATTRIBUTES)}}


def one(table: Any, name: str) -> Any:
    return table.get_item(TableName="things", Key={"pk": {"S": name}}, ConsistentRead=True).get("Item")


def memory() -> float:
    (server,) = [
        child for child in psutil.Process().children() if "infra.local.moto.server" in child.cmdline()
    ]
    return resident_megabytes(server.pid)


def test_what_was_written_is_read_however_often(table: Any) -> None:
    item = {"pk": {"S": "a"}, **SHAPES}
    table.put_item(TableName="things", Item=item)
    for _ in range(3):
        assert one(table, "a") == item
        (found,) = table.query(
            TableName="things",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "a"}},
        )["Items"]
        assert found == item
        assert table.scan(TableName="things", ProjectionExpression="deep")["Items"] == [
            {"deep": SHAPES["deep"]}
        ]


def test_an_update_changes_the_item_for_good_and_a_refused_one_nothing(table: Any) -> None:
    table.put_item(TableName="things", Item={"pk": {"S": "a"}, "items_seen": {"N": "1"}, **SHAPES})
    said: dict[str, Any] = {
        "TableName": "things",
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET items_seen = items_seen + :one, deep[0].below_it[1] = :one"
        " REMOVE truth ADD words :more",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":more": {"SS": ["c"]}},
    }
    for _ in range(3):
        table.update_item(**said)
    found = one(table, "a")
    assert (found["items_seen"], "truth" in found) == ({"N": "4"}, False)
    assert sorted(found["words"]["SS"]) == ["a", "b", "c"]
    assert found["deep"]["L"][0]["M"]["below_it"]["L"][1] == {"N": "1"}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.update_item(**said, ConditionExpression="attribute_exists(truth)")
    impossible = {"Put": {"TableName": "things", "Item": {"pk": {"S": "b"}}}}
    check = {"ConditionExpression": "attribute_exists(pk)"}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        table.transact_write_items(TransactItems=[{"Update": said}, {"Put": {**impossible["Put"], **check}}])
    assert one(table, "a") == found
    assert one(table, "b") is None


def test_items_take_little_more_than_their_bytes(table: Any) -> None:
    def write(first: int, count: int) -> None:
        for start in range(first, first + count, 25):
            items = [
                {
                    "pk": {"S": f"{number}"},
                    **{f"name-{place}": {"S": f"{number}"} for place in range(ATTRIBUTES)},
                }
                for number in range(start, start + 25)
            ]
            table.batch_write_item(
                RequestItems={"things": [{"PutRequest": {"Item": item}} for item in items]}
            )

    write(0, 250)
    before = memory()
    write(250, 3000)
    # As moto has them they take 36 MB.
    assert memory() - before < 15


def test_what_is_replaced_takes_no_memory(table: Any) -> None:
    def write(count: int) -> None:
        for number in range(count):
            text = chr(ord("a") + number % 26) * 200_000
            table.put_item(TableName="things", Item={"pk": {"S": "a"}, "text": {"S": text}})

    write(20)
    before = memory()
    write(300)
    assert memory() - before < 20
