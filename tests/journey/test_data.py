"""``--data``: whatever ends the stack, the next one over the same directory goes on with what it held."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from infra.local.aws import CALL_ERRORS
from infra.local.data.directory import OBJECTS
from tests.journey.sample import SAMPLE
from tests.journey.stack import WAIT_SECONDS, LocalStack, free_ports
from tests.journey.test_stack_perch import call
from tests.journey.test_stack_stopping import refused

pytestmark = pytest.mark.journey

BUCKET = "perch-local-123456789012"
TABLE = "perch-local-things"
LARGE = b"large" * 100_000
WRITTEN_AT_LEAST = 60
"""Objects and items a round, before everything is killed."""


@pytest.fixture
def ports() -> tuple[int, int]:
    first, second = free_ports(2)
    return first, second


def sample(directory: Path, ports: tuple[int, int]) -> LocalStack:
    return LocalStack(options=[*SAMPLE, "--data", str(directory)], workers=1, ports=ports)


def numbers_in(stack: LocalStack) -> list[int]:
    pages = stack.aws("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    return sorted(int(item["sk"]["N"]) for page in pages for item in page["Items"])


def object_of(stack: LocalStack, number: int) -> bytes:
    body: bytes = stack.aws("s3").get_object(Bucket=BUCKET, Key=f"o/{number}")["Body"].read()
    return body


def body_of(number: int) -> bytes:
    return str(number).encode() * (40_000 if number % 3 else 1)


@contextlib.contextmanager
def writing(stack: LocalStack, first: int) -> Iterator[list[int]]:
    """Write object k, then item k that names it, and so on until the stack is gone.

    What was answered is yielded.
    """
    answered: list[int] = []

    def write() -> None:
        s3, dynamodb = stack.aws("s3"), stack.aws("dynamodb")
        number = first
        with contextlib.suppress(*CALL_ERRORS):
            while True:
                s3.put_object(Bucket=BUCKET, Key=f"o/{number}", Body=body_of(number))
                dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"N": str(number)}})
                answered.append(number)
                number += 1

    thread = threading.Thread(target=write)
    thread.start()
    yield answered
    thread.join()


def wait_for(there: Callable[[], object], stack: LocalStack) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not there():
        assert time.monotonic() < deadline, stack.logs()
        time.sleep(0.05)


def test_nothing_is_lost_or_torn_however_often_everything_is_killed(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    written = 0
    for _ in range(4):
        with sample(tmp_path, ports) as stack:
            numbers = numbers_in(stack)
            # What was answered is there, in order and without a gap; one more may have been written.
            assert numbers in (list(range(written)), list(range(written + 1)))
            assert all(object_of(stack, number) == body_of(number) for number in numbers[-60:])
            written = len(numbers)
            with writing(stack, written) as answered:
                wait_for(lambda: len(answered) >= WRITTEN_AT_LEAST, stack)
                stack.kill_everything()
            written += len(answered)


def kept_in(stack: LocalStack) -> list[list[Any]]:
    tables = [f"perch-local-{name}" for name in ("accounts", "jobs", "content")]
    found = [stack.aws("dynamodb").scan(TableName=table)["Items"] for table in tables]
    return [sorted(items, key=str) for items in found]


def test_accounts_and_jobs_outlive_the_stack(tmp_path: Path, ports: tuple[int, int]) -> None:
    """Killed, then stopped."""
    options = ["--data", str(tmp_path / "data")]
    accounts = ["ada@example.org=key-ada:500"]
    with LocalStack(accounts=accounts, options=options, workers=1, ports=ports) as stack:
        status, made = call(
            f"{stack.url}/api/v0/new-remote-inference",
            body={"json_string": "offloaded", "iterations": 1, "version": "1.0.9", "description": "kept"},
        )
        assert status < 300, made
        before = kept_in(stack)
        stack.kill_everything()
    # No --account now: the one of before is still there.
    with LocalStack(options=options, workers=1, ports=ports) as stack:
        assert kept_in(stack) == before
        stack.stop()
    with LocalStack(options=options, workers=1, ports=ports) as stack:
        assert kept_in(stack) == before
        assert call(f"{stack.url}/api/v0/edsl-settings")[0] == 200
        status, told = call(f"{stack.url}/api/v0/remote-inference?job_uuid={made['job_uuid']}")
        assert status == 200, told
        assert call(f"{stack.url}/api/v0/remote-inference?job_uuid=x", key="Bearer other")[0] == 401


def test_a_killed_local_aws_comes_back_with_what_it_held(tmp_path: Path, ports: tuple[int, int]) -> None:
    with sample(tmp_path, ports) as stack:
        s3 = stack.aws("s3")
        s3.put_object(Bucket=BUCKET, Key="o/7", Body=body_of(7))
        with stack.restarted("infra.local.moto.server"):
            stack.wait_for_health(503)
        stack.wait_for_health(200)
        assert object_of(stack, 7) == body_of(7)
        sqs = stack.aws("sqs")
        url = sqs.get_queue_url(QueueName="perch-local-work")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"do": "nothing"}))
        wait_for(lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="worked/")["KeyCount"], stack)


def test_a_disk_that_refuses_is_told_of_and_lets_go_on_when_it_works_again(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    objects, away = tmp_path / "data" / OBJECTS, tmp_path / "away"
    with sample(tmp_path / "data", ports) as stack:
        s3 = stack.aws("s3")
        s3.put_object(Bucket=BUCKET, Key="o/7", Body=body_of(7))
        objects.rename(away)
        with contextlib.suppress(*CALL_ERRORS):
            # Nobody answers this one: whoever held its connection has ended.
            once = Config(retries={"total_max_attempts": 1}, read_timeout=10)
            stack.aws("s3", once).put_object(Bucket=BUCKET, Key="o/8", Body=LARGE)
        lost = "The data directory cannot be used any more: "
        wait_for(lambda: lost in stack.health()[1]["parts"].get("aws", ""), stack)
        away.rename(objects)
        stack.wait_for_health(200)
        assert object_of(stack, 7) == body_of(7)
        assert s3.list_objects_v2(Bucket=BUCKET, Prefix="o/")["KeyCount"] == 1


def test_two_stacks_do_not_share_a_directory(tmp_path: Path, ports: tuple[int, int]) -> None:
    with sample(tmp_path, ports) as stack:
        assert "is in use by another stack" in refused("--data", str(tmp_path))
        stack.wait_for_health(200)


def test_a_directory_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written: " in refused("--data", str(tmp_path / "file"))
    assert "in use for other things" in refused("--data", str(tmp_path))
