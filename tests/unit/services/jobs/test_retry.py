"""A job that has ended is run again: what failed, what is missing, or all; valid answers are kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.credits.money import units
from chalicelib.domain.errors import ConflictError, InvalidRequestError, KeyReusedError, NotFoundError
from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.outcome import ExceptionCount, merge_exceptions
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.read import get_object
from chalicelib.services.finishing.fail import fail
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import MOST_RUNS, retry
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.dead_letters import give_up_finish, give_up_start, lose_slice
from chalicelib.services.recovery.sweep import sweep
from chalicelib.services.reports import status
from chalicelib.services.running.run_slice import run_slice
from chalicelib.storage.aws.transaction import Transaction
from tests.support import wire
from tests.support.dying import KilledError, dies_at
from tests.support.jobs import job
from tests.support.stage import Stage, limit, switch_caching_off
from tests.support.walk import deliver, delivery, offer, on_finish, queued, ran, results, titles

FAILED, ALL = RetryScope.FAILED, RetryScope.ALL
BEGINNING = ["Added to queue", "Started running"]


@pytest.fixture(autouse=True)
def _nobody_listens() -> Iterator[None]:
    yield
    listen(None)


@pytest.fixture(autouse=True)
def _without_a_cache(stage: Stage) -> None:
    switch_caching_off(stage)


def retried(stage: Stage, made: Job, scope: RetryScope = FAILED) -> Job:
    retry(stage.account, made.job_id, scope)
    return deliver(stage, made)


def partly_failed(stage: Stage, failing: set[int], agents: int = 7, **changes: Any) -> Job:
    """Return an ended job of which some interviews failed; they would not fail again."""
    limit(smallest_slice=2, slice_size=2)
    stage.engine.failing = set(failing)
    done = ran(stage, job(agents=agents), **changes)
    stage.engine.failing = set()
    stage.engine.asked.clear()
    return done


def asked(stage: Stage) -> list[int]:
    return sorted(index for index, _ in stage.engine.asked)


def run_of(stage: Stage, made: Job, number: int) -> Run:
    run = stage.deps.runs.get(made.job_id, number)
    assert run is not None
    return run


def answers(stage: Stage, made: Job) -> list[str | None]:
    data = results(stage, made)["data"]
    assert [row["indices"]["agent"] for row in data] == sorted(row["indices"]["agent"] for row in data)
    return [row["answer"]["q0"] for row in data]


def empty_queues(stage: Stage) -> None:
    settings = stage.deps.settings
    for queue in (settings.jobs_queue, settings.interviews_queue, settings.finalize_queue):
        stage.messages(queue)


def test_only_what_failed_is_asked_again_and_the_results_are_whole(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    done = retried(stage, first)
    assert asked(stage) == [1, 4, 5]
    assert done.status is JobStatus.COMPLETED
    assert done.reason is None
    assert answers(stage, done) == ["Hello"] * 7
    assert "task_history" not in results(stage, done)
    assert titles(stage, done) == [*BEGINNING, "Partially failed", *BEGINNING, "Completed"]
    history = stage.deps.jobs.history(done.job_id)
    assert "run again what failed" in history[3].sentence
    assert history[4].sentence == "3 interviews to run again."
    assert history[5].sentence == "Of 3 interviews run again, 3 completed. All 7 interviews completed."
    assert [item.details.get("run") for item in history[1:]] == [1, 1, 2, 2, 2]


OF_B = ExceptionKind("RuntimeError", "test", "b", "q0")


def failed_by_two_models(stage: Stage) -> Job:
    """Return an ended job of four agents and two models: the last three agents' interviews failed."""
    limit(smallest_slice=2, slice_size=2)
    sent = job(agents=4)
    sent["models"] = [{"model": name, "parameters": {}, "inference_service": "test"} for name in ("a", "b")]
    stage.engine.failing = set(range(2, 8))
    done = ran(stage, sent)
    stage.engine.failing = set()
    stage.engine.asked.clear()
    assert {(kind.model, kind.count) for kind in run_of(stage, done, 1).exceptions} == {("a", 3), ("b", 3)}
    return done


def test_only_what_met_one_kind_of_exception_is_asked_again(stage: Stage) -> None:
    first = failed_by_two_models(stage)
    retry(stage.account, first.job_id, FAILED, kinds=[OF_B])
    done = deliver(stage, first, times=2)
    assert asked(stage) == [3, 5, 7]
    assert done.status is JobStatus.PARTIAL_FAILED
    history = stage.deps.jobs.history(done.job_id)
    assert history[3].sentence == "The job waits for its turn, to run again what met RuntimeError."
    assert history[5].sentence.startswith(
        "Of 3 interviews run again, 3 completed. 5 of 8 interviews completed. Most frequent: 3 × RuntimeError"
    )
    with pytest.raises(ConflictError, match="None of this job's interviews met"):
        retry(stage.account, first.job_id, FAILED, kinds=[OF_B])
    stage.engine.asked.clear()
    assert retried(stage, first).status is JobStatus.COMPLETED
    assert asked(stage) == [2, 4, 6]


@pytest.mark.parametrize(
    ("kinds", "again"),
    [
        ([ExceptionKind("RuntimeError")], [2, 3, 4, 5, 6, 7]),
        ([ExceptionKind("RuntimeError", model="a"), OF_B], [2, 3, 4, 5, 6, 7]),
        ([ExceptionKind("RuntimeError", question_name="q0", model="a"), ExceptionKind("No")], [2, 4, 6]),
    ],
)
def test_what_a_kind_does_not_say_may_be_anything(
    stage: Stage, kinds: list[ExceptionKind], again: list[int]
) -> None:
    first = failed_by_two_models(stage)
    retry(stage.account, first.job_id, FAILED, kinds=kinds)
    deliver(stage, first)
    assert asked(stage) == again


def test_where_more_kinds_were_met_than_are_told_one_of_them_is_looked_for(stage: Stage) -> None:
    first = failed_by_two_models(stage)
    assert merge_exceptions([], [ExceptionCount(str(n), "", "", "", 1) for n in range(99)])[-1].kind is None
    with pytest.raises(ConflictError):
        retry(stage.account, first.job_id, FAILED, kinds=[ExceptionKind("Never met")])
    run = run_of(stage, first, 1)
    assert run.end is not None
    told = replace(run.end.standing, exceptions=(ExceptionCount("other exceptions", "", "", "", 6),))
    transaction = Transaction()
    stage.deps.runs.end(transaction, run, replace(run.end, standing=told))
    transaction.commit()
    retry(stage.account, first.job_id, FAILED, kinds=[ExceptionKind("Never met")])
    done = deliver(stage, first)
    assert asked(stage) == []
    assert stage.deps.jobs.history(done.job_id)[5].sentence.startswith("Nothing had to be run again.")


def test_another_retry_than_the_one_that_waits_is_refused(stage: Stage) -> None:
    first = failed_by_two_models(stage)
    waiting = retry(stage.account, first.job_id, FAILED, kinds=[OF_B])
    assert retry(stage.account, first.job_id, FAILED, kinds=[OF_B, OF_B]) == waiting
    for kinds in ([], [ExceptionKind("RuntimeError")]):
        with pytest.raises(ConflictError, match="is queued"):
            retry(stage.account, first.job_id, FAILED, kinds=kinds)
    with pytest.raises(InvalidRequestError):
        retry(stage.account, first.job_id, ALL, kinds=[OF_B])


def test_the_first_results_stay_under_their_id(stage: Stage) -> None:
    first = partly_failed(stage, {2})
    before = get_object(stage.account, first.results_id or "").body
    done = retried(stage, first)
    assert done.results_id != first.results_id
    assert get_object(stage.account, first.results_id or "").body == before
    assert status.job_of_results(stage.account, first.results_id or "") == done


def test_every_message_delivered_again_changes_nothing(stage: Stage) -> None:
    first = partly_failed(stage, {0, 3, 6})
    retry(stage.account, first.job_id, FAILED)
    done = deliver(stage, first, times=2)
    assert asked(stage) == [0, 3, 6]
    assert titles(stage, done) == [*BEGINNING, "Partially failed", *BEGINNING, "Completed"]
    assert answers(stage, done) == ["Hello"] * 7


def test_a_retry_that_fails_again_tells_what_is_still_failing(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    stage.engine.failing = {4}
    done = retried(stage, first)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert done.reason is not None
    assert done.reason.startswith("6 of 7 interviews completed. Most frequent: 1 × RuntimeError")
    assert done.results_id != first.results_id
    told = wire.described(done)["latest_job_run_details"]["interview_details"]
    assert (told["total_interviews"], told["completed_interviews"]) == (7, 7)
    assert told["interviews_with_exceptions"] == 1
    assert [kind["exception_count"] for kind in told["exception_summary"]] == [1]
    assert len(results(stage, done)["task_history"]["interviews"]) == 1
    stage.engine.failing = set()
    stage.engine.asked.clear()
    again = retried(stage, done)
    assert asked(stage) == [4]
    assert again.status is JobStatus.COMPLETED
    assert len({first.results_id, done.results_id, again.results_id}) == 3
    assert answers(stage, again) == ["Hello"] * 7


def test_a_retry_of_all_keeps_what_was_valid_where_it_fails_now(stage: Stage) -> None:
    first = partly_failed(stage, {1})
    stage.engine.failing = {3, 5}
    done = retried(stage, first, ALL)
    assert asked(stage) == list(range(7))
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 7
    run = run_of(stage, done, 2)
    assert (run.total, run.good) == (7, 5)
    assert sum(kind.count for kind in run.exceptions) == 2  # its own errors stay readable
    assert run.end is not None
    assert run.end.standing.exceptions == ()
    assert stage.deps.jobs.history(done.job_id)[-1].sentence == (
        "Of 7 interviews run again, 5 completed. All 7 interviews completed."
    )


def test_a_completed_job_can_be_run_again_whole(stage: Stage) -> None:
    first = partly_failed(stage, set())
    done = retried(stage, first, ALL)
    assert asked(stage) == list(range(7))
    assert done.status is JobStatus.COMPLETED
    assert done.results_id != first.results_id


def test_what_each_run_cost_adds_up(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    before = wire.described(first)
    done = retried(stage, first)
    after = wire.described(done)
    costs = [units(run_of(stage, done, number).usages) / 100 for number in (1, 2)]
    assert before["price"] == costs[0]
    assert after["price"] == sum(costs)
    assert after["latest_job_run_details"]["cost_credits"] == costs[1]
    assert [run["cost_credits"] for run in after["runs"]] == costs
    assert [run["results_uuid"] for run in after["runs"]] == [first.results_id, done.results_id]
    assert [(run["run"], run["scope"], run["status"]) for run in after["runs"]] == [
        (1, None, "partial_failed"),
        (2, "failed", "completed"),
    ]
    assert [(run["interviews"], run["good"]) for run in after["runs"]] == [(7, 4), (3, 3)]
    assert after["runs"][1]["results"] == {"interviews": 7, "good": 7}


def test_while_it_is_under_way_a_retry_tells_its_own_progress(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    waiting = retry(stage.account, first.job_id, FAILED)
    told = wire.described(waiting)
    assert (told["status"], told["results_uuid"], told["reason"]) == ("queued", first.results_id, None)
    assert told["latest_job_run_details"]["interview_details"]["total_interviews"] == 7
    dispatch(first.job_id)
    run_slice(first.job_id, 2, 0, delivery())
    told = wire.described(owned_job(stage.account, first.job_id))
    details = told["latest_job_run_details"]["interview_details"]
    assert (details["total_interviews"], details["completed_interviews"]) == (3, 2)
    assert told["results_uuid"] == first.results_id
    assert [run["status"] for run in told["runs"]] == ["partial_failed", "running"]


def test_a_cancelled_run_is_completed_by_what_is_missing(stage: Stage) -> None:
    limit(smallest_slice=2, slice_size=2)
    stage.engine.failing = {1}
    made = queued(stage, job(agents=7))
    dispatch(made.job_id)
    run_slice(made.job_id, 1, 0, delivery())
    run_slice(made.job_id, 1, 4, delivery())
    cancel(stage.account, made.job_id)
    first = deliver(stage, made)
    assert first.status is JobStatus.CANCELLED
    assert answers(stage, first) == ["Hello", None, "Hello", "Hello"]
    stage.engine.asked.clear()
    stage.engine.failing = set()
    done = retried(stage, first)
    assert asked(stage) == [1, 2, 3, 6]
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 7


def test_a_retry_can_be_cancelled_and_retried(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    retry(stage.account, first.job_id, FAILED)
    dispatch(first.job_id)
    run_slice(first.job_id, 2, 0, delivery())
    cancel(stage.account, first.job_id)
    stopped = deliver(stage, first)
    assert stopped.status is JobStatus.CANCELLED
    assert answers(stage, stopped) == ["Hello", "Hello", "Hello", "Hello", "Hello", None, "Hello"]
    stage.engine.asked.clear()
    done = retried(stage, stopped)
    assert asked(stage) == [5]
    assert done.status is JobStatus.COMPLETED


def test_a_retry_cancelled_with_nothing_done_keeps_the_results(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    retry(stage.account, first.job_id, FAILED)
    dispatch(first.job_id)
    cancel(stage.account, first.job_id)
    stopped = deliver(stage, first)
    assert answers(stage, stopped) == answers(stage, first)
    waiting = retry(stage.account, first.job_id, FAILED)
    assert waiting.status is JobStatus.QUEUED
    cancelled = cancel(stage.account, first.job_id)
    assert (cancelled.status, cancelled.results_id) == (JobStatus.CANCELLED, stopped.results_id)
    assert retried(stage, cancelled).status is JobStatus.COMPLETED


def test_a_job_cancelled_before_it_was_started_is_started(stage: Stage) -> None:
    made = queued(stage, job(agents=3))
    cancel(stage.account, made.job_id)
    done = retried(stage, made)
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 3


@pytest.mark.parametrize("iterations", [1, 3])
def test_indices_are_those_of_the_whole_job(stage: Stage, iterations: int) -> None:
    limit(smallest_slice=1, slice_size=4)
    total = 5 * 3 * iterations
    stage.engine.failing = set(range(0, total, 4)) | {total - 1}
    first = ran(stage, job(agents=5, scenarios=3), iterations=iterations)
    missing = sorted(stage.engine.failing)
    stage.engine.failing = set()
    stage.engine.asked.clear()
    done = retried(stage, first)
    assert asked(stage) == missing
    places = [(*row["indices"].values(), row["iteration"]) for row in results(stage, done)["data"]]
    assert places == sorted(set(places))
    assert len(places) == total
    assert {order.seed for order in stage.engine.orders} == {done.job_id}


@pytest.mark.parametrize("scope", list(RetryScope))
def test_the_same_retry_said_again_is_the_same(stage: Stage, scope: RetryScope) -> None:
    first = partly_failed(stage, {1})
    waiting = retry(stage.account, first.job_id, scope)
    assert retry(stage.account, first.job_id, scope) == waiting
    dispatch(first.job_id)
    running = owned_job(stage.account, first.job_id)
    assert retry(stage.account, first.job_id, scope) == running
    assert running.status is JobStatus.RUNNING
    done = deliver(stage, first)
    assert done.run == 2
    assert titles(stage, done)[3:] == [*BEGINNING, "Completed"]


def _queued(stage: Stage) -> Job:
    return queued(stage, job())


def _running(stage: Stage) -> Job:
    made = queued(stage, job())
    dispatch(made.job_id)
    return made


def _cancelling(stage: Stage) -> Job:
    made = _running(stage)
    return cancel(stage.account, made.job_id)


def _of_another_scope(stage: Stage) -> Job:
    first = partly_failed(stage, {1})
    return retry(stage.account, first.job_id, ALL)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (_queued, "This job is queued"),
        (_running, "This job is running"),
        (_cancelling, "This job is cancelling"),
        (_of_another_scope, "This job is queued"),
        (lambda stage: ran(stage, job()), "nothing to retry"),
        (lambda stage: ran(stage, b"hello"), "send it again as a new one"),
    ],
)
def test_what_cannot_be_retried_is_refused_in_words(
    stage: Stage, made: Callable[[Stage], Job], words: str
) -> None:
    found = made(stage)
    before = owned_job(stage.account, found.job_id)
    with pytest.raises(ConflictError, match=words):
        retry(stage.account, found.job_id, FAILED)
    assert owned_job(stage.account, found.job_id) == before


def test_a_job_is_not_run_without_end(stage: Stage) -> None:
    done = partly_failed(stage, {1})
    for _ in range(3):
        stage.engine.failing = {1}
        done = retried(stage, done)
    assert [run["run"] for run in wire.described(done)["runs"]] == [1, 2, 3, 4]
    stage.deps.jobs.move(done, JobStatus.QUEUED, stage.deps.jobs.history(done.job_id)[0])
    queued_again = owned_job(stage.account, done.job_id)
    stage.deps.jobs.move(
        queued_again,
        JobStatus.FAILED,
        stage.deps.jobs.history(done.job_id)[2],
        changes={"run": MOST_RUNS},
        together=Transaction(),
    )
    with pytest.raises(ConflictError, match="100 times"):
        retry(stage.account, done.job_id, ALL)


def test_nobody_retries_what_is_another_ones(stage: Stage) -> None:
    first = partly_failed(stage, {1})
    with pytest.raises(NotFoundError):
        retry(stage.stranger, first.job_id, FAILED)


def test_an_open_retry_has_a_mark_and_is_swept(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    assert list(stage.deps.jobs.open_jobs()) == []
    retry(stage.account, first.job_id, FAILED)
    empty_queues(stage)  # lost
    stage.now += 61_000
    assert sweep(lambda: 300.0)["queued"] == 1
    dispatch(first.job_id)
    empty_queues(stage)
    stage.now += 61_000
    assert sweep(lambda: 300.0)["slices idle"] == 1
    for start in (0, 2):
        run_slice(first.job_id, 2, start, delivery())
    empty_queues(stage)
    stage.now += 61_000
    assert sweep(lambda: 300.0)["not finished"] == 1
    assert deliver(stage, first).status is JobStatus.COMPLETED
    assert list(stage.deps.jobs.open_jobs()) == []


CRASHES = [
    FaultPoint.MANIFEST_WRITTEN,
    FaultPoint.RUN_OPENED,
    FaultPoint.SLICE_CLAIMED,
    FaultPoint.ANSWERS_ARRIVED,
    FaultPoint.ANSWERS_KEPT,
    FaultPoint.ROWS_WRITTEN,
    FaultPoint.SLICE_RECORDED,
    FaultPoint.SLICE_DONE,
    FaultPoint.ROWS_JOINED,
    FaultPoint.RESULTS_RENDERED,
    FaultPoint.JOB_ENDED,
]


@pytest.mark.parametrize("point", CRASHES)
def test_wherever_a_process_dies_a_retry_ends_whole(stage: Stage, point: FaultPoint) -> None:
    offer(stage, "test-paid")
    limit(smallest_slice=2, slice_size=2)
    stage.engine.failing = {1, 4, 5}
    sent = job(agents=7)
    sent["models"] = [{"model": "gpt", "parameters": {}, "inference_service": "test-paid"}]
    first = ran(stage, sent)
    stage.engine.failing = set()
    stage.engine.asked.clear()
    retry(stage.account, first.job_id, FAILED)
    dead = dies_at(point)
    done = first
    for _ in range(5):
        try:
            done = deliver(stage, first)
        except KilledError:
            stage.now += 31_000
        sweep(lambda: 300.0, patience_seconds=0)
    assert dead == [point]
    assert done.status is JobStatus.COMPLETED
    twice = point is FaultPoint.ANSWERS_ARRIVED  # its answer was in flight
    assert len(asked(stage)) == 3 + twice
    assert set(asked(stage)) == {1, 4, 5}
    assert answers(stage, done) == ["Hello"] * 7
    assert titles(stage, done) == [*BEGINNING, "Partially failed", *BEGINNING, "Completed"]


def test_letters_of_an_earlier_run_do_not_end_a_retry(stage: Stage) -> None:
    first = partly_failed(stage, {1})
    waiting = retry(stage.account, first.job_id, FAILED)
    give_up_start(first.job_id, 0, "The first start's.")
    give_up_finish(first.job_id, 1, "The first run's.")
    lose_slice(first.job_id, 1, 0, "The first run's.")
    run_slice(first.job_id, 1, 0, delivery())
    on_finish({"job_id": first.job_id, "run": 1})
    assert owned_job(stage.account, first.job_id) == waiting
    dispatch(first.job_id)
    running = owned_job(stage.account, first.job_id)
    give_up_finish(first.job_id, 1, "The first run's.")
    give_up_start(first.job_id, 1, "The retry's, but it has started.")
    lose_slice(first.job_id, 1, 0, "The first run's.")
    assert owned_job(stage.account, first.job_id) == running
    assert deliver(stage, first).status is JobStatus.COMPLETED


def test_a_retry_s_slice_that_is_given_up_has_honest_rows(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    retry(stage.account, first.job_id, FAILED)
    dispatch(first.job_id)
    lose_slice(first.job_id, 2, 0, "It failed too often.")
    done = deliver(stage, first)
    assert asked(stage) == [5]
    assert "It failed too often" in (done.reason or "")
    assert answers(stage, done) == ["Hello", None, "Hello", "Hello", None, "Hello", "Hello"]


def test_what_was_recorded_before_a_run_was_given_up_is_not_paid_again(stage: Stage) -> None:
    limit(smallest_slice=2, slice_size=2)
    made = queued(stage, job(agents=6))
    dispatch(made.job_id)
    for start in (0, 2):
        run_slice(made.job_id, 1, start, delivery())
    fail(owned_job(stage.account, made.job_id), "What was sent is not there any more.")
    empty_queues(stage)
    stage.engine.asked.clear()
    done = retried(stage, made)
    assert asked(stage) == [4, 5]
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 6
    assert [run["status"] for run in wire.described(done)["runs"]] == ["failed", "completed"]


def test_results_that_could_not_be_put_together_are_by_a_retry_for_nothing(stage: Stage) -> None:
    made = queued(stage, job(agents=4))
    dispatch(made.job_id)
    run_slice(made.job_id, 1, 0, delivery())
    empty_queues(stage)
    give_up_finish(made.job_id, 1, "The results could not be put together.")
    stage.engine.asked.clear()
    done = retried(stage, made)
    assert asked(stage) == []
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 4
    assert stage.deps.jobs.history(done.job_id)[-1].sentence == (
        "Nothing had to be run again. All 4 interviews completed."
    )


def test_a_worker_of_an_earlier_run_stops_and_changes_nothing(stage: Stage) -> None:
    limit(smallest_slice=2, slice_size=2)
    made = queued(stage, job(agents=4))
    dispatch(made.job_id)
    found = stage.deps.runs.open_slice(made.job_id, 1, 2)
    assert found is not None
    retries: list[Job] = []

    def meanwhile() -> None:
        if not retries:
            fail(owned_job(stage.account, made.job_id), "Given up.")
            retries.append(retry(stage.account, made.job_id, FAILED))
            dispatch(made.job_id)

    stage.engine.between = meanwhile
    run_slice(made.job_id, 1, 2, delivery())
    stage.engine.between = None
    done = deliver(stage, made)
    assert done.status is JobStatus.COMPLETED
    assert answers(stage, done) == ["Hello"] * 4


def test_two_dispatchers_of_one_retry_plan_it_once(stage: Stage) -> None:
    first = partly_failed(stage, {1, 4, 5})
    retry(stage.account, first.job_id, FAILED)

    def another(at: FaultPoint) -> None:
        if at is FaultPoint.MANIFEST_WRITTEN:
            listen(None)
            dispatch(first.job_id)

    listen(another)
    dispatch(first.job_id)
    done = deliver(stage, first)
    assert asked(stage) == [1, 4, 5]
    assert done.run == 2
    files = JobKeys.of(done)
    manifest = run_of(stage, done, 2).manifest
    assert stage.deps.files.read(files.manifest(2, manifest)) == b"000000001\n000000004\n000000005\n"


def test_a_retry_repeated_with_its_key_after_its_end_is_no_second_one(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    repeat = IdempotencyKey("some-key", "digest of the request")
    retry(stage.account, done.job_id, RetryScope.ALL, idempotency_key=repeat)
    ended = deliver(stage, done)
    assert ended.run == 2
    assert retry(stage.account, done.job_id, RetryScope.ALL, idempotency_key=repeat) == ended
    assert retry(stage.account, done.job_id, RetryScope.ALL).status is JobStatus.QUEUED
    with pytest.raises(KeyReusedError):
        retry(
            stage.account,
            done.job_id,
            RetryScope.FAILED,
            idempotency_key=IdempotencyKey("some-key", "another"),
        )
