"""One AWS at a time, moto or the fake that stands in for it, and what the contract tests ask of it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import moto.sqs.models as sqs_models
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.storage.aws import clients
from tests.support.fakes.aws.cloud import make_aws, standing_in
from tests.unit.conftest import create_resources


@dataclass
class Cloud:
    """One AWS: what its resources are called, and a way to let time pass there."""

    names: Mapping[str, str]
    now: float

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @property
    def jobs(self) -> str:
        return self.names["PERCH_JOBS_TABLE"]

    @property
    def bucket(self) -> str:
        return self.names["PERCH_BUCKET"]

    @property
    def queue(self) -> str:
        return self.names["PERCH_INTERVIEWS_QUEUE"]


@pytest.fixture(params=["moto", "fake"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    made = Cloud({}, time.time())
    if request.param == "fake":
        fake = make_aws(lambda: int(made.now * 1000), page_items=1000)
        with standing_in(fake):
            made.names = fake.environment
            yield made
        return
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sqs_models, "unix_time", lambda: made.now)
    monkeypatch.setattr(sqs_models, "unix_time_millis", lambda: made.now * 1000)
    with mock_aws():
        made.names = create_resources()
        yield made


@contextmanager
def refused(*codes: str) -> Iterator[dict[str, Any]]:
    """Expect AWS to refuse; give what it said."""
    said: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield said
    said.update(caught.value.response)
    assert said["Error"]["Code"] in codes, said


def put(cloud: Cloud, sort: str, **values: Any) -> None:
    item = {"pk": "p", "sk": sort, **values}
    clients.dynamodb().Table(cloud.jobs).put_item(Item=item)


def get(cloud: Cloud, sort: str) -> Any:
    answer = clients.dynamodb().Table(cloud.jobs).get_item(Key={"pk": "p", "sk": sort}, ConsistentRead=True)
    return answer.get("Item")


def transact(*writes: Any) -> None:
    clients.dynamodb().meta.client.transact_write_items(TransactItems=list(writes))


def a_put(cloud: Cloud, sort: str, condition: str | None = None, names: Any = None, **values: Any) -> Any:
    """Make a transaction's Put; of ``values`` those whose names begin with ``_`` are for the condition."""
    item = {name: value for name, value in values.items() if not name.startswith("_")}
    write: dict[str, Any] = {"TableName": cloud.jobs, "Item": {"pk": "p", "sk": sort, **item}}
    for name, value in (
        ("ConditionExpression", condition),
        ("ExpressionAttributeNames", names),
        (
            "ExpressionAttributeValues",
            {f":{name[1:]}": value for name, value in values.items() if name.startswith("_")},
        ),
    ):
        if value:
            write[name] = value
    return {"Put": write}


def reasons(said: Mapping[str, Any]) -> list[str]:
    return [reason["Code"] for reason in said["CancellationReasons"]]


def send(cloud: Cloud, *bodies: str, **options: Any) -> dict[str, Any]:
    entries: Any = [{"Id": str(number), "MessageBody": body, **options} for number, body in enumerate(bodies)]
    answer: Any = clients.sqs().send_message_batch(QueueUrl=cloud.queue, Entries=entries)
    return dict(answer)


def receive(cloud: Cloud, count: int = 10, queue: str | None = None, **options: Any) -> list[Any]:
    answer = clients.sqs().receive_message(
        QueueUrl=queue or cloud.queue,
        MaxNumberOfMessages=count,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
        **options,
    )
    return list(answer.get("Messages", []))


def attributes(url: str) -> Mapping[str, str]:
    answer = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {str(name): value for name, value in answer["Attributes"].items()}
