"""A run is planned from what the client had sent when its turn came, and in slices that fit a worker."""

import json
from typing import Any

import pytest

from chalicelib.domain import fault_points
from chalicelib.domain.fault_points import FaultPoint
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.jobs import payload
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.storage.aws.clients import secretsmanager
from tests.support import wire
from tests.support.dying import KilledError, dies_at
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, queued, ran, results, titles


def planned(stage: Stage, document: Any, **changes: Any) -> Run:
    made = queued(stage, document, **changes)
    dispatch(made.job_id)
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None, owned_job(stage.account, made.job_id).reason
    return run


@pytest.mark.parametrize("point", [FaultPoint.PAYLOAD_COPIED, FaultPoint.JOB_SPLIT])
def test_of_two_plans_of_different_uploads_one_counts_and_is_whole(stage: Stage, point: FaultPoint) -> None:
    made = queued(stage, job(agents=2))
    files = JobKeys(stage.account.account_id, made.job_id)

    def another_plan(reached: FaultPoint) -> None:
        if reached is point:
            fault_points.listen(None)
            stage.deps.files.write(files.upload, json.dumps(job(agents=50)).encode())
            dispatch(made.job_id)

    fault_points.listen(another_plan)
    try:
        dispatch(made.job_id)
    finally:
        fault_points.listen(None)
    assert len(results(stage, deliver(stage, made))["data"]) == 50


@pytest.mark.parametrize("point", [FaultPoint.PAYLOAD_COPIED, FaultPoint.JOB_SPLIT, FaultPoint.RUN_OPENED])
def test_wherever_a_dispatcher_dies_the_job_is_started_once(stage: Stage, point: FaultPoint) -> None:
    made = queued(stage, job(agents=2))
    dies_at(point)
    try:
        with pytest.raises(KilledError):
            dispatch(made.job_id)
    finally:
        fault_points.listen(None)
    dispatch(made.job_id)
    done = deliver(stage, made)
    assert len(results(stage, done)["data"]) == 2
    assert titles(stage, done) == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]


def test_the_jobs_address_is_that_of_what_was_started(stage: Stage) -> None:
    made = queued(stage, job())
    assert "/upload.json" in payload.job_address(stage.account, made.job_id)
    dispatch(made.job_id)
    assert "/original.json" in payload.job_address(stage.account, made.job_id)


def test_a_huge_document_does_not_come_inside_an_answer(stage: Stage) -> None:
    small, large = ran(stage, job()), ran(stage, {**job(), "scenarios": [{"text": "x" * 5_000_000}]})
    assert large.status is JobStatus.COMPLETED
    assert json.loads(wire.described(small, with_document=True)["job_json_string"]) == job()
    assert wire.described(large, with_document=True)["job_json_string"] == "offloaded"


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({}, 12),
        ({"agents": []}, 4),
        ({"agents": [], "scenarios": [], "models": []}, 1),
        ({"assignments": [[0, 0, 0], [2, 3, 0], [2, 3, 0]]}, 3),
        ({"include_expression": "{{ agent.traits.number == 1 }}"}, 4),
        ({"include_expression": "{{ agent._index == scenario._index }}"}, 3),
        ({"include_expression": "{{ false }}", "assignments": [[1, 1, 0]]}, 1),
    ],
)
def test_interviews_are_counted_without_building_them(stage: Stage, changes: Document, total: int) -> None:
    services = {"openai": {"url": None, "key": "k"}}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(services)
    )
    assert planned(stage, {**job(agents=3, scenarios=4), **changes}).total == total
    assert planned(stage, {**job(agents=3, scenarios=4), **changes}, iterations=3).total == 3 * total


def test_what_an_expression_keeps_is_what_is_run(stage: Stage) -> None:
    limit(slice_size=2, smallest_slice=1)
    sent = {**job(agents=4, scenarios=4), "include_expression": "{{ agent._index == scenario._index }}"}
    rows = results(stage, ran(stage, sent, iterations=2))["data"]
    assert [(row["indices"]["agent"], row["indices"]["scenario"], row["iteration"]) for row in rows] == [
        (number, number, iteration) for number in range(4) for iteration in range(2)
    ]
    assert [row["scenario"] for row in rows[::2]] == sent["scenarios"]


def test_an_expression_that_keeps_nothing_fails_the_job(stage: Stage) -> None:
    assert "leave none" in (ran(stage, {**job(), "include_expression": "{{ false }}"}).reason or "")


def test_slices_follow_the_expected_time_of_a_call(stage: Stage) -> None:
    limit(worker_seconds=60, call_seconds=10, calls_in_flight=20, smallest_slice=1)
    assert planned(stage, job(agents=1000)).slice_size == 60  # 20 calls at once, three after the other
    assert planned(stage, job(agents=1000, questions=("a", "b", "c"))).slice_size == 20
    services = {"slow": {"url": "http://127.0.0.1:9/v1", "key": None, "seconds_per_call": 30}}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(services)
    )
    sent = job(agents=1000)
    sent["models"][0]["inference_service"] = "slow"
    assert planned(stage, sent).slice_size == 20


def test_slices_hold_no_more_rows_than_there_is_room_for(stage: Stage) -> None:
    limit(subset_bytes=100_000)
    sent = job(agents=1000)
    for agent in sent["agents"]:
        agent["traits"]["story"] = "x" * 5000
    assert 15 <= planned(stage, sent).slice_size <= 20


def test_a_job_for_a_model_that_is_no_more_fails_in_words_before_it_runs(stage: Stage) -> None:
    table = {"anthropic": {"url": None, "key": "k"}}
    secretsmanager().put_secret_value(
        SecretId=stage.deps.settings.services_secret, SecretString=json.dumps(table)
    )
    sent = job()
    sent["models"] = [{"model": "claude-2.1", "parameters": {}, "inference_service": "anthropic"}]
    made = queued(stage, sent)
    dispatch(made.job_id)
    ended = owned_job(stage.account, made.job_id)
    assert ended.status is JobStatus.FAILED
    assert "'claude-2.1' of the service 'anthropic' is no more" in (ended.reason or "")
    assert stage.engine.asked == []
