"""A job's way from announcement to results, delivered well and badly."""

import json

import pytest

from chalicelib.domain.errors import ConflictError, EngineError, NotFoundError
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.read import get_object, pull_address
from chalicelib.services.jobs import payload
from chalicelib.services.jobs.submit import announce, uploaded
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery import dead_letters
from chalicelib.services.reports import status
from chalicelib.storage.aws.clients import secretsmanager
from chalicelib.storage.aws.transaction import LostRaceError
from tests.support import wire
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import announcement, deliver, queued, ran, results, titles


def test_a_good_job_completes_with_its_results_in_order(stage: Stage) -> None:
    limit(slice_size=4, window=2)
    done = ran(stage, job(agents=3, scenarios=5), iterations=2)
    assert done.status is JobStatus.COMPLETED
    assert titles(stage, done) == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    data = results(stage, done)["data"]
    places = [(*row["indices"].values(), row["iteration"]) for row in data]
    assert places == sorted(places)
    assert len(places) == len(set(places)) == 30
    details = wire.described(done)["latest_job_run_details"]
    assert details["interview_details"]["completed_interviews"] == 30
    assert details["interview_details"]["interviews_with_exceptions"] == 0
    tokens = {item["token_type"]: item["token_count"] for item in details["expenses"]}
    assert tokens == {"input": 300, "output": 150}
    assert details["cost_credits"] == 0.03 + 0.03  # 300 and 150 tokens, each rounded up once


@pytest.mark.parametrize("times", [2, 3])
def test_every_message_delivered_again_changes_nothing(stage: Stage, times: int) -> None:
    limit(slice_size=3, window=4)
    done = ran(stage, job(agents=10), times=times)
    assert done.status is JobStatus.COMPLETED
    assert titles(stage, done) == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    assert len(results(stage, done)["data"]) == 10
    ordered = [position.index for order in stage.engine.orders for position in order.subset.positions]
    assert sorted(ordered) == list(range(10))


def test_said_twice_uploaded_is_queued_once(stage: Stage) -> None:
    first = queued(stage, job())

    again = uploaded(stage.account, first.job_id, results_description=None, interview_seconds=None)
    assert again == first
    done = deliver(stage, first)
    assert titles(stage, done) == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]


def test_some_failed_is_partial_and_says_what_went_wrong(stage: Stage) -> None:
    stage.engine.failing = {1, 2}
    done = ran(stage, job(agents=5))
    assert done.status is JobStatus.PARTIAL_FAILED
    assert done.reason == (
        "3 of 5 interviews completed. "
        "Most frequent: 2 × RuntimeError from test test at question q0 (It failed)."
    )
    assert titles(stage, done)[-1] == "Partially failed"
    assert [row["answer"]["q0"] for row in results(stage, done)["data"]] == [
        "Hello",
        None,
        None,
        "Hello",
        "Hello",
    ]
    assert len(results(stage, done)["task_history"]["interviews"]) == 2


def test_none_good_is_failed_and_still_readable(stage: Stage) -> None:
    done = ran(stage, job(agents=2, throw_exception=True))
    assert done.status is JobStatus.FAILED
    assert titles(stage, done)[-1] == "Failed"
    assert done.reason is not None
    assert done.reason.startswith("None of the 2 interviews completed.")
    assert len(results(stage, done)["data"]) == 2


def test_an_old_client_is_told_completed_where_some_failed(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2), release="0.1.33")
    assert done.status is JobStatus.PARTIAL_FAILED
    assert wire.described(done)["status"] == "completed"
    assert wire.described(ran(stage, job(agents=2)))["status"] == "partial_failed"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty"),
        (b'{"survey": {"questions": [{"question_na', "cut off"),
        (b"hello", "not JSON"),
        ({"agents": []}, "no survey"),
        (b"[" * 3000 + b"]" * 3000, "nested deeper"),
    ],
)
def test_a_payload_that_is_no_job_fails_its_job_in_words(stage: Stage, payload: object, words: str) -> None:
    done = ran(stage, payload)
    assert done.status is JobStatus.FAILED
    assert words in (done.reason or "")
    history = stage.deps.jobs.history(done.job_id)
    assert [item.title for item in history] == ["Added to queue", "Failed"]
    assert history[-1].sentence == done.reason


def test_a_payload_that_never_came_fails_its_job(stage: Stage) -> None:

    made, _ = announce(stage.account, announcement())
    uploaded(stage.account, made.job_id, results_description=None, interview_seconds=None)
    assert "never arrived" in (deliver(stage, made).reason or "")


def test_a_payload_over_the_limit_fails_its_job(stage: Stage) -> None:
    limit(maximum_job_bytes=100)
    assert "100 at the most" in (ran(stage, job()).reason or "")


def test_too_many_interviews_fail_the_job(stage: Stage) -> None:
    limit(maximum_interviews=10)
    assert "11 interviews" in (ran(stage, job(agents=11)).reason or "")


def test_no_interviews_at_all_fail_the_job(stage: Stage) -> None:
    assert "leave none" in (ran(stage, {**job(), "assignments": []}).reason or "")


def test_an_unknown_service_fails_the_job(stage: Stage) -> None:
    sent = job()
    sent["models"][0]["inference_service"] = "nowhere"
    assert "nowhere" in (ran(stage, sent).reason or "")


def test_an_engine_that_dies_once_costs_nothing(stage: Stage) -> None:
    stage.engine.dies_before = {2}
    done = ran(stage, job(agents=5))
    assert done.status is JobStatus.COMPLETED
    asked = [position.index for order in stage.engine.orders for position in order.subset.positions]
    assert len(asked) == 5 + 3  # only what was missing was asked again


def test_an_engine_that_keeps_dying_leaves_an_honest_end(stage: Stage) -> None:
    class Dying(set[int]):
        def discard(self, element: object) -> None: ...

    stage.engine.dies_before = Dying({2})
    done = ran(stage, job(agents=5))
    assert done.status is JobStatus.PARTIAL_FAILED
    assert "InterviewLostError" in (done.reason or "")
    assert "The engine stopped" in (done.reason or "")


def test_the_door_lets_one_of_two_through_with_its_history_item(stage: Stage) -> None:
    made = queued(stage, job())
    happened = HistoryItem(HistoryKind.FAILED, 1, "First.")
    stage.deps.jobs.move(made, JobStatus.FAILED, happened)
    with pytest.raises(LostRaceError):
        stage.deps.jobs.move(made, JobStatus.CANCELLED, HistoryItem(HistoryKind.CANCELLED, 2, "Second."))
    now = owned_job(stage.account, made.job_id)
    with pytest.raises(ConflictError):
        stage.deps.jobs.move(now, JobStatus.RUNNING, HistoryItem(HistoryKind.STARTED, 3, "Third."))
    assert titles(stage, made) == ["Added to queue", "Failed"]
    assert owned_job(stage.account, made.job_id).status is JobStatus.FAILED


def test_a_dead_letter_ends_its_job_and_an_ended_job_stays(stage: Stage) -> None:
    made = queued(stage, job())
    dead_letters.give_up_start(made.job_id, 0, "Tried several times.")
    assert owned_job(stage.account, made.job_id).reason == "Tried several times."
    done = ran(stage, job())
    dead_letters.give_up_start(done.job_id, 0, "Too late.")
    assert owned_job(stage.account, done.job_id).status is JobStatus.COMPLETED


def test_what_the_client_puts_later_does_not_reach_a_running_job(stage: Stage) -> None:
    made = queued(stage, job(agents=2))

    dispatch(made.job_id)
    files = JobKeys(stage.account.account_id, made.job_id)
    stage.deps.files.write(files.upload, json.dumps(job(agents=50)).encode())
    assert len(results(stage, deliver(stage, made))["data"]) == 2


def test_nothing_of_one_account_is_another_ones(stage: Stage) -> None:
    done = ran(stage, job())

    assert done.results_id
    for ask in (
        lambda: owned_job(stage.stranger, done.job_id),
        lambda: status.history(stage.stranger, done.job_id),
        lambda: status.job_of_results(stage.stranger, done.results_id or ""),
        lambda: get_object(stage.stranger, done.results_id or ""),
        lambda: pull_address(stage.stranger, done.results_id or ""),
        lambda: payload.job_address(stage.stranger, done.job_id),
        lambda: uploaded(stage.stranger, done.job_id, results_description=None, interview_seconds=None),
    ):
        with pytest.raises(NotFoundError) as refused:
            ask()
        with pytest.raises(NotFoundError) as unknown:
            owned_job(stage.account, "no-such-job")
        assert refused.value.status == unknown.value.status == 404


def test_engine_errors_have_words() -> None:
    assert EngineError("The engine stopped.").detail == "The engine stopped."


def test_a_service_that_takes_few_calls_gets_few_and_small_slices(stage: Stage) -> None:
    table = {"here": {"url": "http://127.0.0.1:9/v1", "key": None, "calls_in_flight": 2}}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
    )
    sent = job(agents=100)
    sent["models"] = [{"model": "m", "parameters": {}, "inference_service": "here"}]
    assert ran(stage, sent).status is JobStatus.COMPLETED
    assert {order.calls_in_flight for order in stage.engine.orders} == {2}
    assert max(len(order.subset.positions) for order in stage.engine.orders) == 8
    assert stage.engine.orders[0].services[0].calls_in_flight == 2


def test_long_surveys_get_slices_of_fewer_interviews(stage: Stage) -> None:
    limit(slice_size=50, calls_per_slice=60)
    assert ran(stage, job(agents=200, questions=("a", "b", "c"))).status is JobStatus.COMPLETED
    assert max(len(order.subset.positions) for order in stage.engine.orders) == 20
    limit(calls_per_slice=1)
    assert ran(stage, job(agents=3, questions=("a", "b"))).status is JobStatus.COMPLETED
