"""What the fake AWS does when it is told to fail; the rest of it is in ``tests/contract/aws``."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.storage.aws import clients
from chalicelib.storage.aws.queues import UnsentMessagesError
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from tests.support.fakes.aws.faults import CrashError, Fault, Faults
from tests.support.fakes.aws.stage import FakeStage, opened_stage


@pytest.fixture
def stage() -> Iterator[FakeStage]:
    with opened_stage() as stage:
        yield stage


@pytest.fixture
def faults(stage: FakeStage) -> Faults:
    return stage.aws.faults


def put(stage: FakeStage, sort: str) -> None:
    transaction = Transaction()
    transaction.put(stage.deps.settings.jobs_table, {"pk": "p", "sk": sort})
    transaction.commit()


def there(stage: FakeStage, sort: str) -> bool:
    return stage.aws.table(stage.deps.settings.jobs_table).get(("p", sort)) is not None


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (Fault.THROTTLED, ClientError, False),
        (Fault.LOST_ANSWER, ReadTimeoutError, True),
        (Fault.CRASH_BEFORE, CrashError, False),
        (Fault.CRASH_AFTER, CrashError, True),
    ],
)
def test_a_planned_fault_comes_once_before_or_after_the_deed(
    stage: FakeStage, faults: Faults, fault: Fault, error: type[BaseException], done: bool
) -> None:
    faults.plan(fault, "transact_write_items", skip=1)
    put(stage, "first")
    with pytest.raises(error):
        put(stage, "second")
    assert there(stage, "second") is done
    put(stage, "third")
    assert [str(met) for met, _ in faults.happened] == [fault]


def test_a_throttled_request_has_the_code_of_its_service(stage: FakeStage, faults: Faults) -> None:
    settings = stage.deps.settings
    codes = []
    for ask in (
        lambda: stage.deps.jobs.get("none"),
        lambda: clients.s3().head_bucket(Bucket=settings.bucket),
        lambda: clients.sqs().get_queue_attributes(QueueUrl=settings.jobs_queue),
        lambda: clients.secretsmanager().get_secret_value(SecretId=settings.services_secret),
    ):
        faults.plan(Fault.THROTTLED)
        with pytest.raises(ClientError) as refused:
            ask()
        codes.append(refused.value.response["Error"]["Code"])
    assert codes == [
        "ProvisionedThroughputExceededException",
        "SlowDown",
        "ThrottlingException",
        "ThrottlingException",
    ]


def test_a_transaction_in_the_way_of_another_is_cancelled(
    stage: FakeStage, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    faults.plan(Fault.CONFLICT, times=2)
    put(stage, "soon")
    assert there(stage, "soon")
    faults.plan(Fault.CONFLICT, times=100)
    with pytest.raises(LostRaceError, match="TransactionConflict"):
        put(stage, "never")
    assert not there(stage, "never")


def test_of_a_batch_of_messages_some_are_left(stage: FakeStage, faults: Faults) -> None:
    faults.dice = random.Random(1)
    faults.plan(Fault.PARTIAL)
    with pytest.raises(UnsentMessagesError):
        stage.deps.jobs_queue.send([{"number": number} for number in range(10)])
    taken = len(stage.messages(stage.deps.settings.jobs_queue))
    assert 0 < taken < 10


def test_of_a_batch_of_items_some_are_named_as_not_written(stage: FakeStage, faults: Faults) -> None:
    table = stage.deps.settings.jobs_table
    puts: Any = [{"PutRequest": {"Item": {"pk": "p", "sk": str(number)}}} for number in range(10)]
    faults.plan(Fault.PARTIAL)
    answer = clients.dynamodb().meta.client.batch_write_item(RequestItems={table: puts})
    left = [request["PutRequest"]["Item"]["sk"] for request in answer["UnprocessedItems"][table]]
    assert 0 < len(left) < 10
    assert [number for number in range(10) if not there(stage, str(number))] == [
        int(str(sort)) for sort in left
    ]


def test_a_read_that_is_not_consistent_may_be_stale(stage: FakeStage, faults: Faults) -> None:
    table = clients.dynamodb().Table(stage.deps.settings.jobs_table)
    key = {"pk": "p", "sk": "a"}
    table.put_item(Item={**key, "n": 1})
    table.put_item(Item={**key, "n": 2})
    faults.chances = {Fault.STALE: 1.0}
    assert table.get_item(Key=key)["Item"]["n"] == 1
    assert table.get_item(Key=key, ConsistentRead=True)["Item"]["n"] == 2


def test_by_chance_no_more_goes_wrong_than_allowed(stage: FakeStage, faults: Faults) -> None:
    faults.chances, faults.most = {Fault.THROTTLED: 0.5}, 3
    refused = 0
    for _ in range(50):
        try:
            stage.deps.jobs.get("none")
        except ClientError:
            refused += 1
    assert refused == 3


def test_around_a_request_other_code_can_run(stage: FakeStage, faults: Faults) -> None:
    seen: list[tuple[str, bool]] = []

    def watch(moment: str, _: object) -> None:
        seen.append((moment, there(stage, "a")))

    faults.watch = watch
    put(stage, "a")
    assert seen == [("before", False), ("after", True)]
