"""The runtime delivers as Lambda's event source mapping does, whatever a handler does."""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journey.queues import at_rest
from tests.journey.sample import SAMPLE
from tests.journey.stack import WAIT_SECONDS, LocalStack, gone, names_of

pytestmark = pytest.mark.journey

BUCKET = "perch-local-123456789012"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    environment = {"AWS_PROFILE": "somebody", "OPENAI_API_KEY": "mine", "PERCH_WINDOW": "7"}
    with LocalStack(options=SAMPLE, workers=2, environment=environment) as running:
        yield running


def send(stack: LocalStack, *orders: str) -> list[str]:
    sqs = stack.aws("sqs")
    url = sqs.get_queue_url(QueueName="perch-local-work")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": json.dumps({"do": do})} for number, do in enumerate(orders)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    return [entry["MessageId"] for entry in sorted(sent, key=lambda entry: int(entry["Id"]))]


def notes(stack: LocalStack, name: str, message: str) -> list[dict[str, Any]]:
    s3 = stack.aws("s3")
    found = []
    for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", []):
        note = json.loads(s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read())
        if note["record"]["messageId"] == message:
            found.append(note)
    return found


def eventually(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (seen := what()):
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)
    return seen


def test_event_and_context_have_lambda_s_shape(stack: LocalStack) -> None:
    (message,) = send(stack, "nothing")
    note = eventually(lambda: notes(stack, "worked", message))[0]
    record = note["record"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:perch-local-work"
    assert record["awsRegion"] == "us-east-1"
    assert record["receiptHandle"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert 0 < note["milliseconds"] <= 2000
    assert (note["function"], note["megabytes"]) == ("worker", 512)


def test_functions_see_their_stage_and_nothing_of_who_started_it(stack: LocalStack) -> None:
    (message,) = send(stack, "nothing")
    environment = eventually(lambda: notes(stack, "worked", message))[0]["environment"]
    assert environment["SAMPLE"] == "from the stage"
    assert environment["PERCH_WINDOW"] == "7"
    assert environment["PERCH_BUCKET"] == BUCKET
    assert environment["PERCH_WORK_QUEUE"] == f"{stack.aws_url}/123456789012/perch-local-work"
    assert environment["AWS_ENDPOINT_URL"] == stack.aws_url
    assert "AWS_PROFILE" not in environment
    assert "OPENAI_API_KEY" not in environment


def test_a_handled_message_is_deleted(stack: LocalStack) -> None:
    (message,) = send(stack, "nothing")
    eventually(lambda: notes(stack, "worked", message))
    eventually(lambda: at_rest(stack, "work"))  # nor is it in flight: it cannot come back
    assert len(notes(stack, "worked", message)) == 1
    assert not notes(stack, "dead", message)


def test_only_the_failed_message_of_a_batch_comes_back_and_ends_as_dead_letter(stack: LocalStack) -> None:
    good, bad = send(stack, "nothing", "fail")
    dead = eventually(lambda: notes(stack, "dead", bad))
    assert len(dead) == 1
    assert len(notes(stack, "worked", bad)) == 2  # the queue's maximum of receives
    assert len(notes(stack, "worked", good)) == 1
    assert not notes(stack, "dead", good)


@pytest.mark.parametrize("misbehaviour", ["raise", "nonsense"])
def test_a_handler_s_error_leaves_the_batch_to_the_visibility_timeout(
    stack: LocalStack, misbehaviour: str
) -> None:
    (message,) = send(stack, misbehaviour)
    eventually(lambda: notes(stack, "dead", message))
    worked = notes(stack, "worked", message)
    assert len(worked) == 2
    stack.wait_for_health(200)


def test_a_process_that_ends_is_replaced(stack: LocalStack) -> None:
    (message,) = send(stack, "exit")
    eventually(lambda: notes(stack, "dead", message))
    worked = notes(stack, "worked", message)
    assert len(worked) == 2
    assert not any(psutil.pid_exists(note["process"]) for note in worked)
    stack.wait_for_health(200)
    assert "ended with status 3" in stack.logs()


def test_a_handler_that_outlives_its_limit_is_killed_with_its_children(stack: LocalStack) -> None:
    (message,) = send(stack, "outlive")
    first = eventually(lambda: notes(stack, "worked", message))[0]
    process = psutil.Process(first["process"])
    family = [process, *eventually(lambda: process.children(recursive=True))]
    eventually(lambda: notes(stack, "dead", message))
    assert len(notes(stack, "worked", message)) == 2
    assert gone(family)
    assert "worker was killed after 2 seconds" in stack.logs()
    eventually(lambda: "sleep" not in names_of(stack))
    stack.wait_for_health(200)


def test_two_workers_work_at_the_same_time(stack: LocalStack) -> None:
    found = []
    for _ in range(2):
        (message,) = send(stack, "wait")
        found += eventually(partial(notes, stack, "worked", message))
    # Neither could end before the other had begun.
    stack.aws("s3").put_object(Bucket=BUCKET, Key="go", Body=b"")
    assert len({note["process"] for note in found}) == 2
    eventually(lambda: at_rest(stack, "work"))


def test_a_handler_may_hold_its_message_for_less_than_its_queue(stack: LocalStack) -> None:
    sqs = stack.aws("sqs")
    url = sqs.get_queue_url(QueueName="perch-local-work")["QueueUrl"]
    # What its queue says is longer than anybody waits here.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "3600"})
    try:
        (message,) = send(stack, "hold")
        eventually(lambda: notes(stack, "dead", message))
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "3"})
    first, second = (note["record"]["attributes"] for note in notes(stack, "worked", message))
    assert [first["ApproximateReceiveCount"], second["ApproximateReceiveCount"]] == ["1", "2"]


def ticks(stack: LocalStack, name: str) -> list[dict[str, Any]]:
    s3 = stack.aws("s3")
    keys = [
        entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", [])
    ]
    bodies = (s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in sorted(keys))
    return [
        {"time": float(key.split("/")[1].split("-")[0]), **json.loads(body)}
        for key, body in zip(sorted(keys), bodies, strict=True)
    ]


def moment_of(event: dict[str, Any]) -> float:
    return datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def test_a_schedule_runs_when_the_stack_has_started(stack: LocalStack) -> None:
    (tick,) = eventually(lambda: ticks(stack, "ticked"))
    event = tick["record"]
    started = psutil.Process(stack.process.pid).create_time()
    assert int(started) <= moment_of(event) <= tick["time"]
    event.pop("time")
    assert uuid.UUID(event.pop("id"))
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/ticker"],
        "detail": {},
    }
    # Its own limit, not that of the worker.
    assert 2000 < ticks(stack, "begun")[0]["milliseconds"] <= 60_000


def test_a_schedule_keeps_its_rate_never_overlaps_and_survives_its_handler() -> None:
    with LocalStack(options=[*SAMPLE, "--schedule-seconds", "0.5"], workers=1) as stack:
        eventually(lambda: len(ticks(stack, "ticked")) >= 6)
        ended = {tick["record"]["id"]: tick["time"] for tick in ticks(stack, "ticked")}
        begun = ticks(stack, "begun")
        for tick, following in itertools.pairwise(begun):
            assert ended.get(tick["record"]["id"], tick["time"]) < following["time"]
        # Never before its time, which the events tell in whole seconds.
        first, last = (moment_of(begun[place]["record"]) for place in (0, -1))
        assert last - first > 0.5 * (len(begun) - 1) - 1
        assert len({tick["process"] for tick in begun}) == 2
        assert "as planned" in stack.logs()
        stack.wait_for_health(200)


def test_a_process_dies_once_where_it_is_told_to(tmp_path: Path) -> None:
    told = {"PERCH_DIES_AT": "slice-done:2", "PERCH_DIED_DIR": str(tmp_path)}
    with LocalStack(options=SAMPLE, workers=2, environment=told) as stack:
        for _ in range(4):
            (message,) = send(stack, "reach")
            eventually(partial(notes, stack, "worked", message))
        eventually(lambda: at_rest(stack, "work"))
        processes = {note["process"] for note in ticks(stack, "worked")}
        assert len([process for process in processes if not psutil.pid_exists(process)]) == 1
        assert [mark.name for mark in tmp_path.iterdir()] == ["slice-done"]
        assert len(ticks(stack, "worked")) == 5  # one message came back
        assert "was killed by signal 9" in stack.logs()


def test_a_killed_function_process_is_replaced_while_idle(stack: LocalStack) -> None:
    stack.named("dead_letters")[0].kill()
    stack.wait_for_health(200)
    (message,) = send(stack, "raise")
    eventually(lambda: notes(stack, "dead", message))


def test_a_killed_fork_server_is_started_again_with_all_that_it_had_forked() -> None:
    with LocalStack(options=SAMPLE, workers=2) as stack:
        family = [process for name in ("api", "ticker", "worker") for process in stack.named(name)]
        assert len(family) == 4
        stack.named("fork_server")[0].kill()
        assert gone(family)
        (message,) = send(stack, "nothing")
        eventually(lambda: notes(stack, "worked", message))
        stack.wait_for_health(200)
        assert "The fork server was killed by signal 9 and is being started again" in stack.logs()


def test_health_tells_of_every_part_and_of_one_that_is_lost() -> None:
    with LocalStack(options=SAMPLE, workers=1) as stack:
        answer = stack.wait_for_health(200)
        assert answer["parts"] == dict.fromkeys(
            ["sample", "aws", "fork_server", "api", "runtime", "ticker", "worker", "dead_letters"], "ok"
        )
        stack.named("api")[0].kill()
        stack.wait_for_health(200)
        stack.part("infra.local.moto.server").kill()
        answer = stack.wait_for_health(503)
        assert answer["status"] == "failing"
        assert "The local AWS was killed by signal 9" in answer["parts"]["aws"]
        assert "start it again" in answer["detail"]
