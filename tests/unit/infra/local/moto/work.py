"""How much the local AWS does for one request: the lines of Python that it runs, however busy the machine is.

``python -m tests.unit.infra.local.moto.work [--without-mends]`` prints them as JSON, for each request:
little in the table or the queue, and with much.
"""

import json
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import boto3
from moto import mock_aws

from infra.local.moto import mends

ITEMS = 300
MESSAGES = 400
READ = 50
"""Items at once."""


def lines_of(work: Callable[[], object]) -> int:
    """Return how many lines a call runs in this thread, once it has run before."""
    work()
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def fill(dynamodb: Any, many: bool) -> None:
    """Put items into as many partitions, or all into one."""
    for start in range(0, ITEMS, 25):
        items = [
            {
                "pk": {"S": "many" if many else f"p{number}"},
                "sk": {"S": f"{number:04d}"},
                "more": {"B": os.urandom(250)},
                "size": {"N": "250"},
            }
            for number in range(start, start + 25)
        ]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        dynamodb.batch_write_item(RequestItems={"things": puts})


def of_a_table() -> dict[str, list[int]]:
    """Count what reads and a transaction take, with few items and with many others beside them."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )

    def transaction() -> None:
        item = {"pk": {"S": "one"}, "sk": {"S": "a"}}
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "things", "Item": item}}])

    def query(partition: str = "one", **more: Any) -> Any:
        values = {":pk": {"S": partition}}
        return dynamodb.query(
            TableName="things", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values, **more
        )

    def keys() -> None:
        names = {"#size": "size"}
        found = query("many", ProjectionExpression="#size", ExpressionAttributeNames=names)
        assert found["Count"] in {0, ITEMS}

    def batch(count: int) -> None:
        asked = [{"pk": {"S": "many"}, "sk": {"S": f"{number:04d}"}} for number in range(count)]
        dynamodb.batch_get_item(RequestItems={"things": {"Keys": asked}})

    few = [lines_of(work) for work in (transaction, query, keys)]
    fill(dynamodb, many=False)
    much = [lines_of(work) for work in (transaction, query)]
    fill(dynamodb, many=True)
    much.append(lines_of(keys))
    found = dict(zip(("transaction", "query", "keys"), map(list, zip(few, much, strict=True)), strict=True))
    return found | {"batch": [lines_of(lambda: batch(1)), lines_of(lambda: batch(READ))]}


def of_a_queue() -> dict[str, list[int]]:
    """Count what sending a message takes, with few that wait and with many."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]

    def send() -> None:
        sqs.send_message(QueueUrl=url, MessageBody="x")

    few = lines_of(send)
    for start in range(0, MESSAGES, 10):
        entries: Any = [{"Id": str(number), "MessageBody": "x"} for number in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    return {"send": [few, lines_of(send)]}


if __name__ == "__main__":
    if "--without-mends" not in sys.argv:
        mends.apply()
    with mock_aws():
        print(json.dumps(of_a_table() | of_a_queue()))
