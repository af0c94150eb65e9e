"""What AWS refuses, and moto does not; and what the fake stage is made of."""

import json
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.storage.aws import clients
from tests.contract.aws.cloud import (
    Cloud,
    a_put,
    attributes,
    cloud,
    get,
    put,
    reasons,
    receive,
    refused,
    send,
    transact,
)
from tests.support.fakes.aws.cloud import make_aws, standing_in
from tests.unit.conftest import create_resources

__all__ = ["cloud"]


@pytest.mark.parametrize("cloud", ["fake"], indirect=True)
class TestWhereMotoIsLax:
    """Refused by AWS (its API reference), but not, or not in these words, by moto."""

    def test_every_placeholder_is_used_and_known(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "#0 = :0", {"#0": "claims"}, _0=0, _1=1))
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "#0 = :0", {"#0": "claims"}))

    def test_values_of_different_types_are_neither_the_same_nor_in_order(self, cloud: Cloud) -> None:
        put(cloud, "a", claims=3, flag=True)
        for condition, name, value in (("#0 = :0", "flag", 1), ("#0 < :0", "claims", "running")):
            with refused("TransactionCanceledException") as said:
                transact(a_put(cloud, "a", condition, {"#0": name}, _0=value))
            assert reasons(said) == ["ConditionalCheckFailed"]

    def test_reserved_words_stand_behind_placeholders(self, cloud: Cloud) -> None:
        with refused("ValidationException"):
            transact(a_put(cloud, "a", "status = :0", _0="running"))

    def test_a_batch_has_at_most_25_items_and_none_twice(self, cloud: Cloud) -> None:
        def write(*sorts: str) -> None:
            puts: Any = [{"PutRequest": {"Item": {"pk": "p", "sk": sort}}} for sort in sorts]
            clients.dynamodb().meta.client.batch_write_item(RequestItems={cloud.jobs: puts})

        with refused("ValidationException"):
            write(*[f"{number:03}" for number in range(26)])
        with refused("ValidationException"):
            write("a", "a")
        assert get(cloud, "000") is get(cloud, "a") is None
        write(*[f"{number:03}" for number in range(25)])
        assert get(cloud, "024")

    def test_an_ended_upload_takes_nothing_more(self, cloud: Cloud) -> None:
        s3 = clients.s3()
        where: Any = {"Bucket": cloud.bucket, "Key": "large"}
        upload: Any = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
        etag = s3.upload_part(**upload, PartNumber=1, Body=b"a")["ETag"]
        s3.abort_multipart_upload(**upload)
        with refused("NoSuchUpload"):
            s3.upload_part(**upload, PartNumber=2, Body=b"late")
        with refused("NoSuchUpload"):
            parts: Any = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
            s3.complete_multipart_upload(**upload, MultipartUpload=parts)

    def test_what_is_no_longer_held_cannot_be_held_longer(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (message,) = receive(cloud, VisibilityTimeout=10)
        cloud.pass_time(11)
        with refused("AWS.SimpleQueueService.MessageNotInflight"):
            clients.sqs().change_message_visibility(
                QueueUrl=cloud.queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=10
            )

    def test_an_old_receipt_deletes_nothing(self, cloud: Cloud) -> None:
        send(cloud, "a")
        (old,) = receive(cloud, VisibilityTimeout=10)
        cloud.pass_time(11)
        (new,) = receive(cloud, VisibilityTimeout=10)
        clients.sqs().delete_message(QueueUrl=cloud.queue, ReceiptHandle=old["ReceiptHandle"])
        cloud.pass_time(11)
        assert [message["MessageId"] for message in receive(cloud)] == [new["MessageId"]]

    def test_no_message_is_delayed_for_longer_than_a_quarter_of_an_hour(self, cloud: Cloud) -> None:
        with refused("InvalidParameterValue"):
            send(cloud, "a", DelaySeconds=901)


def test_the_fake_has_exactly_what_the_template_makes() -> None:
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "test")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        made = create_resources()
        queues = {url: attributes(url) for name, url in made.items() if url.startswith("https://sqs")}
    fake = make_aws(lambda: 0)
    assert fake.environment == made
    with standing_in(fake):
        for url, real in queues.items():
            told = attributes(url)
            for name in ("QueueArn", "VisibilityTimeout", "DelaySeconds", "MessageRetentionPeriod"):
                assert told[name] == real[name]
            assert json.loads(told.get("RedrivePolicy", "null")) == json.loads(
                real.get("RedrivePolicy", "null")
            )
