"""Cancelling: at once before a job runs, within seconds after, and told honestly."""

import pytest

from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.finishing.finish import finish
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.submit import announce
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.dead_letters import give_up_finish
from chalicelib.services.recovery.sweep import sweep
from chalicelib.services.running.run_slice import run_slice
from tests.support import wire
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import announcement, deliver, delivery, queued, ran, results, titles

CANCELLED = ["Added to queue", "Started running", "Cancellation request sent", "Cancelled"]


def running(stage: Stage, agents: int = 6) -> Job:
    limit(slice_size=2, smallest_slice=2, window=3)
    made = queued(stage, job(agents=agents))
    dispatch(made.job_id)
    return owned_job(stage.account, made.job_id)


def last_sentence(stage: Stage, made: Job) -> str:
    return stage.deps.jobs.history(made.job_id)[-1].sentence


def test_a_queued_job_is_cancelled_at_once_and_costs_nothing(stage: Stage) -> None:
    made = queued(stage, job())
    assert cancel(stage.account, made.job_id).status is JobStatus.CANCELLED
    assert titles(stage, made) == ["Added to queue", "Cancelled"]
    assert last_sentence(stage, made) == "0 credits consumed."
    assert deliver(stage, made).status is JobStatus.CANCELLED  # its message finds nothing to do
    assert stage.engine.asked == []


def test_an_announced_job_is_cancelled_before_its_upload(stage: Stage) -> None:
    made, _ = announce(stage.account, announcement())
    assert cancel(stage.account, made.job_id).status is JobStatus.CANCELLED


def test_a_running_job_keeps_what_was_finished(stage: Stage) -> None:
    made = running(stage)
    run_slice(made.job_id, 1, 2, delivery())
    assert cancel(stage.account, made.job_id).status is JobStatus.CANCELLING
    done = deliver(stage, made)
    assert done.status is JobStatus.CANCELLED
    assert titles(stage, done) == [*CANCELLED[:-1], "Accessed remote cache", "Cancelled"]
    assert last_sentence(stage, done) == "0.01 credits consumed."
    assert [row["agent"]["traits"]["number"] for row in results(stage, done)["data"]] == [2, 3]
    told = wire.described(done)
    assert told["reason"] == "0.01 credits consumed."
    assert told["latest_job_run_details"]["cost_credits"] == 0.01
    assert len(stage.engine.asked) == 2  # the slices that waited were never run


def test_without_results_the_newest_clients_are_told_why_where_they_read_it(stage: Stage) -> None:
    made = running(stage)
    cancel(stage.account, made.job_id)
    told = wire.described(deliver(stage, made))
    assert told["status"] == "failed"
    details = told["latest_job_run_details"]
    assert details["failure_reason"] == (
        "The job was cancelled, and there are no results. 0 credits consumed."
    )
    assert told["results_uuid"] is None


def test_said_twice_a_job_is_cancelled_once(stage: Stage) -> None:
    made = running(stage)
    cancel(stage.account, made.job_id)
    cancel(stage.account, made.job_id)
    done = deliver(stage, made, times=2)
    assert titles(stage, done) == CANCELLED
    assert last_sentence(stage, done) == "0 credits consumed."
    assert done.results_id is None
    assert cancel(stage.account, made.job_id) == done


@pytest.mark.parametrize("failing", [set[int](), {0}])
def test_an_ended_job_cannot_be_cancelled(stage: Stage, failing: set[int]) -> None:
    stage.engine.failing = failing
    done = ran(stage, job(agents=2))
    with pytest.raises(ConflictError, match=f"ended as {done.status}"):
        cancel(stage.account, done.job_id)
    assert owned_job(stage.account, done.job_id) == done


def test_nobody_cancels_somebody_elses_job(stage: Stage) -> None:
    made = queued(stage, job())
    with pytest.raises(NotFoundError):
        cancel(stage.stranger, made.job_id)


def test_a_worker_in_the_middle_of_a_slice_stops_and_what_it_finished_counts(stage: Stage) -> None:
    made = running(stage, agents=2)
    left = [1]

    def cancel_after_one() -> None:
        if not left:
            return
        if left.pop() == 1:
            left.append(0)
            return
        cancel(stage.account, made.job_id)
        stage.beat()

    stage.engine.between = cancel_after_one
    run_slice(made.job_id, 1, 0, delivery())
    done = deliver(stage, made)
    assert done.status is JobStatus.CANCELLED
    assert [row["agent"]["traits"]["number"] for row in results(stage, done)["data"]] == [1]
    assert last_sentence(stage, done) == "0.01 credits consumed."
    assert len(stage.engine.asked) == 1


def test_a_holder_that_is_alive_is_awaited_one_that_died_for_its_lease_only(stage: Stage) -> None:
    made = running(stage)
    found = stage.deps.runs.open_slice(made.job_id, 1, 0)
    assert found is not None
    stage.deps.runs.claim(found, found.claimed(until=stage.now + 30_000, answers=0))
    cancel(stage.account, made.job_id)
    finish(made.job_id, 1)
    assert owned_job(stage.account, made.job_id).status is JobStatus.CANCELLING
    stage.now += 31_000
    finish(made.job_id, 1)
    assert owned_job(stage.account, made.job_id).status is JobStatus.CANCELLED


def test_what_comes_after_the_end_of_a_cancelled_run_changes_nothing(stage: Stage) -> None:
    made = running(stage)

    def cancelled_meanwhile(at: FaultPoint) -> None:
        if at is FaultPoint.ROWS_WRITTEN:
            listen(None)
            cancel(stage.account, made.job_id)
            stage.now += 31_000
            finish(made.job_id, 1)

    listen(cancelled_meanwhile)
    try:
        run_slice(made.job_id, 1, 0, delivery())
    finally:
        listen(None)
    done = owned_job(stage.account, made.job_id)
    assert done.status is JobStatus.CANCELLED
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    assert run.recorded == 0


def test_a_cancellation_whose_message_was_lost_is_found(stage: Stage) -> None:
    made = running(stage)
    cancel(stage.account, made.job_id)
    for queue in (stage.deps.settings.finalize_queue, stage.deps.settings.interviews_queue):
        stage.messages(queue)
    stage.now += 61_000
    assert sweep(lambda: 300.0)["not finished"] == 1
    assert deliver(stage, made).status is JobStatus.CANCELLED


def test_a_dead_letter_ends_a_cancelling_job_as_cancelled(stage: Stage) -> None:
    made = running(stage)
    cancel(stage.account, made.job_id)
    give_up_finish(made.job_id, 1, "Its results could not be put together.")
    assert owned_job(stage.account, made.job_id).status is JobStatus.CANCELLED
