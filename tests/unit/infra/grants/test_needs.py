"""What a call of AWS needs, as IAM sees it."""

from typing import Any

import pytest

from infra.grants.needs import needs_of

STACK = "perch-local"


def needs(service: str, operation: str, **params: Any) -> set[str]:
    return {f"{need.action} {need.target}" for need in needs_of(service, operation, params, STACK)}


def test_a_transaction_needs_what_its_parts_do() -> None:
    parts = [
        {"Put": {"TableName": "perch-local-jobs"}},
        {"ConditionCheck": {"TableName": "perch-local-accounts"}},
        {"Update": {"TableName": "perch-local-jobs"}},
        {"Delete": {"TableName": "perch-local-content-index"}},
    ]
    assert needs("dynamodb", "TransactWriteItems", TransactItems=parts) == {
        "dynamodb:PutItem tables/jobs",
        "dynamodb:ConditionCheckItem tables/accounts",
        "dynamodb:UpdateItem tables/jobs",
        "dynamodb:DeleteItem tables/content-index",
    }


def test_an_index_is_a_thing_of_its_own() -> None:
    assert needs("dynamodb", "Query", TableName="perch-local-jobs") == {"dynamodb:Query tables/jobs"}
    found = needs("dynamodb", "Query", TableName="perch-local-jobs", IndexName="by-status")
    assert found == {"dynamodb:Query tables/jobs/index/by-status"}


def test_batches_name_their_tables() -> None:
    statement = "INSERT INTO \"perch-local-cache\" VALUE {'pk': ?}"
    assert needs("dynamodb", "BatchExecuteStatement", Statements=[{"Statement": statement}] * 2) == {
        "dynamodb:PartiQLInsert tables/cache"
    }
    asked: dict[str, Any] = {"perch-local-jobs": {}, "perch-local-cache": {}}
    assert needs("dynamodb", "BatchGetItem", RequestItems=asked) == {
        "dynamodb:BatchGetItem tables/jobs",
        "dynamodb:BatchGetItem tables/cache",
    }


@pytest.mark.parametrize(
    ("key", "below"),
    [
        ("account/a1/job/j1/run/1/rows", "account/*/job/*"),
        ("passing/account/a1/content/c1/upload.json", "passing/account/*/content/*"),
        ("house/offered-models.json", "house/offered-models.json"),
        ("house/prices/current.json", "house/prices/*"),
    ],
)
def test_files_are_told_by_their_room_and_not_by_whose_they_are(key: str, below: str) -> None:
    assert needs("s3", "PutObject", Key=key) == {f"s3:PutObject files/{below}"}


def test_whoever_reads_must_be_told_that_a_file_is_not_there() -> None:
    assert needs("s3", "HeadObject", Key="house/cache/x") == {
        "s3:GetObject files/house/cache/*",
        "s3:ListBucket others/bucket",
    }


@pytest.mark.parametrize("source", ["bucket/account/a/job/x", {"Bucket": "bucket", "Key": "account/a/job/x"}])
def test_a_copy_reads_and_writes(source: Any) -> None:
    assert needs("s3", "CopyObject", CopySource=source, Key="passing/account/a/job/x") == {
        "s3:GetObject files/account/*/job/*",
        "s3:PutObject files/passing/account/*/job/*",
        "s3:ListBucket others/bucket",
    }


def test_messages_in_a_batch_need_what_one_does() -> None:
    url = "http://localhost/123456789012/perch-local-jobs-dead-letters"
    assert needs("sqs", "SendMessageBatch", QueueUrl=url) == {"sqs:SendMessage queues/jobs-dead-letters"}


def test_what_nobody_has_thought_of_is_granted_to_nobody() -> None:
    assert needs("iam", "CreateUser") == {"iam:CreateUser others/unknown"}
