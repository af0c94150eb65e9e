"""Requests are counted as they leave botocore, DynamoDB's with their units."""

import json
import time

import boto3
import pytest
from moto import mock_aws

from infra.bench.meters import counting
from infra.local.functions.watching import VARIABLE, watcher
from tests.journey.stack import WAIT_SECONDS


@pytest.fixture
def counts(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(counting.DIRECTORY, str(tmp_path))
    monkeypatch.setenv(VARIABLE, "infra.bench.meters.counting")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield watcher("worker"), tmp_path


def written_with_an_invocation(folder):
    """Return what is written down once the last thing that was counted is."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        for file in folder.glob("*.json"):
            told = json.loads(file.read_text())
            if "invocations" in told["counts"]:
                return told
        time.sleep(0.05)
    raise AssertionError("nothing was written")


def test_requests_units_and_invocations_are_written_down(counts):
    watching, folder = counts
    table = boto3.resource("dynamodb").create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    table.put_item(Item={"pk": "a", "text": "x" * 2000})
    table.get_item(Key={"pk": "a"}, ConsistentRead=True)
    boto3.client("s3").create_bucket(Bucket="bucket")
    watching.invoked(1.5)
    told = written_with_an_invocation(folder)
    assert told["function"] == "worker"
    assert told["counts"] == {
        "dynamodb:CreateTable": 1,
        "dynamodb:PutItem": 1,
        "dynamodb:GetItem": 1,
        "s3:CreateBucket": 1,
        "write_units": 2,
        "read_units": 1,
        "write_units of t": 2,
        "read_units of t": 1,
        "invocations": 1,
        "seconds": 1.5,
    }


def test_nobody_watches_an_ordinary_stack(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    watcher("worker").invoked(1.0)
    assert boto3.DEFAULT_SESSION is None
