"""Seeded schedules: messages twice, late and in any order, and a crash at any request to AWS.

A crash is an exception before a request is sent or after it was carried out; the message is then
not acknowledged and comes again, as SQS does it. Whatever the schedule, a job ends once, with every
interview in its results once and in order (P1, P2). A failing seed is in the test's name.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.domain.status import JobStatus
from chalicelib.services.owned import owned_job
from chalicelib.services.run_slice import SliceBusyError
from chalicelib.storage import aws
from tests.jobs import job
from tests.unit.conftest import Stage, limit
from tests.unit.services.walk import on_finish, on_job, on_slice, queued, results, titles

SCHEDULES = 40
CRASHES = 12
INTERVIEWS = 11
Message = tuple[Callable[[dict[str, Any]], None], dict[str, Any]]


class CrashError(Exception):
    """The process died here."""


@contextmanager
def crashing(dice: random.Random, chance: float) -> Iterator[None]:
    """Let requests to AWS die with a chance, before they are sent or after they were carried out."""
    clients = [aws.dynamodb().meta.client, aws.s3(), aws.sqs()]

    def die(**_: object) -> None:
        if dice.random() < chance:
            raise CrashError

    for client in clients:
        client.meta.events.register("before-call", die, unique_id="crash-before")
        client.meta.events.register("after-call", die, unique_id="crash-after")
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", unique_id="crash-before")
            client.meta.events.unregister("after-call", unique_id="crash-after")


def arrived(stage: Stage) -> list[Message]:
    """Take what waits in the queues."""
    settings = stage.parts.settings
    return [
        (handle, message)
        for handle, queue in (
            (on_job, settings.jobs_queue),
            (on_slice, settings.interviews_queue),
            (on_finish, settings.finalize_queue),
        )
        for message in stage.messages(queue)
    ]


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_whatever_the_schedule_a_job_ends_once_and_whole(stage: Stage, seed: int) -> None:
    dice = random.Random(seed)
    limit(slice_size=dice.choice([1, 3, 4]), window=dice.choice([1, 2, 5]))
    stage.engine.failing = {index for index in range(INTERVIEWS) if dice.random() < 0.1}
    made = queued(stage, job(agents=INTERVIEWS))
    waiting: list[Message] = []
    crashes = 0
    for _ in range(500):
        waiting += arrived(stage)
        if not waiting:
            break
        handle, message = waiting.pop(dice.randrange(len(waiting)))
        if dice.random() < 0.2:
            waiting.append((handle, message))  # delivered twice
        try:
            with crashing(dice, 0.06 if crashes < CRASHES else 0.0):
                handle(message)
        except (CrashError, SliceBusyError):
            crashes += 1
            waiting.append((handle, message))
            stage.now += dice.choice([1, 1_000, 700_000])  # some redeliveries come past a dead lease
    done = owned_job(stage.account, made.job_id)
    good = INTERVIEWS - len(stage.engine.failing)
    expected = JobStatus.COMPLETED if good == INTERVIEWS else JobStatus.PARTIAL_FAILED
    assert done.status is expected
    last = "Completed" if expected is JobStatus.COMPLETED else "Partially failed"
    assert titles(stage, done) == ["Added to queue", "Started running", last]
    assert [row["agent"]["traits"]["number"] for row in results(stage, done)["data"]] == list(
        range(INTERVIEWS)
    )
    run = stage.parts.jobs.run(done.job_id, done.run)
    assert run is not None
    assert (run.recorded, run.good) == (INTERVIEWS, good)
    assert sum(usage.tokens for usage in run.usages if usage.token_type == "input") == INTERVIEWS * 10
