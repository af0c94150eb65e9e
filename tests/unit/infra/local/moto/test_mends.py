"""The mends of moto, each with what happens without it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.journey.stack import WAIT_SECONDS
from tests.unit.infra.local.servers import KEY, moto_server

THREADS = 8
KEYS = 25


def client(address: str, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=KEY.identifier,
        aws_secret_access_key=KEY.secret,
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=WAIT_SECONDS,
            # Else addresses would be signed in the way that AWS gives up.
            signature_version="s3v4" if service == "s3" else None,
        ),
    )


@contextmanager
def a_table(directory: Path, *options: str, sorted_keys: bool = False) -> Iterator[tuple[str, Any]]:
    with moto_server(directory, *options) as address:
        dynamodb = client(address, "dynamodb")
        keys = [("pk", "HASH"), ("sk", "RANGE")] if sorted_keys else [("pk", "HASH")]
        dynamodb.create_table(
            TableName="things",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        yield address, dynamodb


def all_at_once(work: Callable[[int], None]) -> None:
    start = threading.Barrier(THREADS)

    def run(number: int) -> None:
        start.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def race(address: str) -> tuple[dict[str, list[int]], int, int]:
    """Let all threads claim each key and count each claim in the same transaction.

    Return the winners of each key, the count at the end, and how many answers were neither won nor lost.
    """
    winners: dict[str, list[int]] = {f"key-{number}": [] for number in range(KEYS)}
    broken: list[str] = []
    fill(client(address, "dynamodb"), 300)  # copying a table of some size takes long enough to collide
    client(address, "dynamodb").put_item(
        TableName="things", Item={"pk": {"S": "count"}, "claims": {"N": "0"}}
    )

    def claim(thread: int) -> None:
        dynamodb = client(address, "dynamodb")
        for key, won in winners.items():
            put = {
                "TableName": "things",
                "Item": {"pk": {"S": key}, "owner": {"N": str(thread)}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
            count = {
                "TableName": "things",
                "Key": {"pk": {"S": "count"}},
                "UpdateExpression": "SET claims = claims + :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
            try:
                # The count goes first, so that a lost claim must be rolled back.
                dynamodb.transact_write_items(TransactItems=[{"Update": count}, {"Put": put}])
                won.append(thread)
            except ClientError as problem:
                if problem.response["Error"]["Code"] != "TransactionCanceledException":
                    broken.append(str(problem))

    all_at_once(claim)
    item = client(address, "dynamodb").get_item(TableName="things", Key={"pk": {"S": "count"}})["Item"]
    return winners, int(item["claims"]["N"]), len(broken)


def test_one_of_eight_conditional_transactions_wins(tmp_path: Path) -> None:
    with a_table(tmp_path) as (address, _):
        winners, counted, broken = race(address)
    assert [len(won) for won in winners.values()] == [1] * KEYS
    assert counted == KEYS
    assert broken == 0


def test_without_the_mend_transactions_have_several_winners_or_lose_updates(tmp_path: Path) -> None:
    with a_table(tmp_path, "--without-mends") as (address, _):
        winners, counted, broken = race(address)
    assert any(len(won) != 1 for won in winners.values()) or counted != KEYS or broken


def fill(dynamodb: Any, count: int) -> None:
    for start in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"p{number}"}, "sk": {"S": "a"}, "more": {"S": "x" * 200}}}}
            for number in range(start, start + 25)
        ]
        dynamodb.batch_write_item(RequestItems={"things": puts})


def test_a_cancelled_transaction_leaves_every_item_as_it_was(tmp_path: Path) -> None:
    with a_table(tmp_path, sorted_keys=True) as (_, dynamodb):

        def key(name: str) -> dict[str, Any]:
            return {"pk": {"S": "p"}, "sk": {"S": name}}

        def scan() -> list[Any]:
            return sorted(dynamodb.scan(TableName="things")["Items"], key=lambda item: item["sk"]["S"])

        for name in ("changed", "deleted", "replaced"):
            dynamodb.put_item(TableName="things", Item={**key(name), "n": {"N": "1"}, "l": {"L": []}})
        before = scan()
        update = {
            "UpdateExpression": "SET n = :n, l = list_append(l, :l)",
            "ExpressionAttributeValues": {":n": {"N": "2"}, ":l": {"L": [{"S": "x"}]}},
        }
        with pytest.raises(ClientError) as caught:
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Update": {"TableName": "things", "Key": key("changed"), **update}},
                    {"Delete": {"TableName": "things", "Key": key("deleted")}},
                    {"Put": {"TableName": "things", "Item": {**key("replaced"), "n": {"N": "3"}}}},
                    {"Put": {"TableName": "things", "Item": key("new")}},
                    {"Put": {"TableName": "things", "Item": {"pk": {"S": "elsewhere"}, "sk": {"S": "new"}}}},
                    {
                        "ConditionCheck": {
                            "TableName": "things",
                            "Key": key("absent"),
                            "ConditionExpression": "attribute_exists(pk)",
                        }
                    },
                ]
            )
        reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
        assert reasons == ["None"] * 5 + ["ConditionalCheckFailed"]
        assert scan() == before


def test_a_query_pages_through_its_own_partition_in_both_directions(tmp_path: Path) -> None:
    with a_table(tmp_path, sorted_keys=True) as (_, dynamodb):
        fill(dynamodb, 50)
        names = [f"{number:03}" for number in range(30)]
        for name in reversed(names):
            dynamodb.put_item(TableName="things", Item={"pk": {"S": "p"}, "sk": {"S": name}})
        pages = dynamodb.get_paginator("query")
        for forward in (True, False):
            found = [
                item["sk"]["S"]
                for page in pages.paginate(
                    TableName="things",
                    KeyConditionExpression="pk = :pk AND sk >= :from",
                    ExpressionAttributeValues={":pk": {"S": "p"}, ":from": {"S": "005"}},
                    ScanIndexForward=forward,
                    PaginationConfig={"PageSize": 4},
                )
                for item in page["Items"]
            ]
            assert found == (names[5:] if forward else names[:4:-1])
        nothing = dynamodb.query(
            TableName="things",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "none"}},
        )
        assert nothing["Items"] == []


def test_no_message_is_lost_or_given_out_twice(tmp_path: Path) -> None:
    each = 40
    with moto_server(tmp_path) as address:
        url = client(address, "sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "300"})[
            "QueueUrl"
        ]
        received: list[str] = []

        def work(number: int) -> None:
            sqs = client(address, "sqs")
            if number % 2:
                for count in range(each):
                    sqs.send_message(QueueUrl=url, MessageBody=f"{number}-{count}")
                return
            # Not until none comes: that may be a moment in which nobody got to send.
            until = time.monotonic() + WAIT_SECONDS
            while len(received) < each * THREADS // 2 and time.monotonic() < until:
                for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
                    received.append(message["Body"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

        all_at_once(work)
    sent = [f"{number}-{count}" for number in range(1, THREADS, 2) for count in range(each)]
    assert sorted(received) == sorted(sent)


def test_an_upload_is_told_to_go_on_before_its_body_comes(tmp_path: Path) -> None:
    """botocore asks ``Expect: 100-continue`` before a body, and waits a second for the answer."""
    with moto_server(tmp_path) as address:
        client(address, "s3").create_bucket(Bucket="uploads")
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as connection:
            said = ["PUT /uploads/k HTTP/1.1", "Host: localhost", "Content-Length: 1", "Expect: 100-continue"]
            connection.sendall("\r\n".join([*said, "", ""]).encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_keep_alive_requests_do_not_wait_for_acknowledgements(tmp_path: Path) -> None:
    """Those that do each wait for 40 ms or more; however busy the machine is, one of many is quicker."""
    with moto_server(tmp_path) as address:
        sqs = client(address, "sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        taken: list[float] = []
        while len(taken) < 500 and min(taken, default=1.0) > 0.03:
            started = time.perf_counter()
            sqs.get_queue_attributes(QueueUrl=url)
            taken.append(time.perf_counter() - started)
    assert min(taken) < 0.03


@pytest.mark.parametrize("options", [(), ("--without-mends",)], ids=["mended", "as it is"])
def test_mail_is_taken_from_whatever_sender_the_stage_names(tmp_path: Path, options: tuple[str, ...]) -> None:
    with moto_server(tmp_path, *options) as address:
        mail = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
        try:
            client(address, "sesv2").send_email(
                FromEmailAddress="perch@localhost.localdomain",
                Destination={"ToAddresses": ["ada@example.com"]},
                Content=mail,
            )
        except ClientError:
            assert options
        else:
            assert not options
