"""Which walls stand is written down and told, and where there are none no job is run."""

from dataclasses import replace
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.domain.runs.walls import NO_WALLS, Walls
from chalicelib.domain.status import JobStatus
from chalicelib.events import handlers
from chalicelib.services.deps import engine
from chalicelib.services.jobs.retry import retry
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.walls import known_walls, note_walls
from chalicelib.storage.aws.clients import dynamodb
from tests.support.fakes.aws.stage import opened_stage
from tests.support.fakes.aws.template import make_resources
from tests.support.fakes.engine import STANDING
from tests.support.jobs import job
from tests.support.stage import Stage, forget
from tests.support.walk import deliver, delivery, queued, ran, results


def health() -> tuple[int, dict[str, Any]]:
    with Client(app) as client:
        answer = client.http.get("/health")
    return answer.status_code, answer.json_body


def seen(stage: Stage) -> dict[str, Walls]:
    return {record.function: record.walls for record in stage.deps.walls.all()}


def test_functions_that_run_jobs_write_down_which_walls_they_saw(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = queued(stage, job())
    (message,) = stage.messages(stage.deps.settings.jobs_queue)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "perch-dispatcher")
    handlers.on_job(message, delivery())
    assert seen(stage) == {"perch-dispatcher": STANDING}
    (message,) = stage.messages(stage.deps.settings.interviews_queue)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "perch-worker")
    # Another process: it has not written anything yet.
    monkeypatch.setattr(stage.deps.walls, "_written", None)
    handlers.on_slice(message, delivery())
    assert seen(stage) == {"perch-dispatcher": STANDING, "perch-worker": STANDING}
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_health_tells_them(stage: Stage) -> None:
    assert health()[1]["walls"] == {}
    stage.engine.walls = STANDING
    note_walls("perch-worker")
    status, told = health()
    assert status == 200
    (walls,) = told["walls"].values()
    assert walls.pop("seen_at").endswith("Z")
    assert walls == {
        "seccomp": True,
        "landlock": 0,
        "writes": False,
        "own_user": False,
        "own_network": False,
        "limits": ["open_files"],
    }


def test_health_stays_well_where_walls_are_missing(stage: Stage) -> None:
    stage.engine.walls = NO_WALLS
    note_walls("perch-worker")
    status, told = health()
    assert (status, told["status"]) == (200, "ok")
    assert told["walls"]["perch-worker"]["seccomp"] is False


def test_health_stays_well_where_a_record_cannot_be_read(stage: Stage) -> None:
    table = dynamodb().Table(stage.deps.settings.jobs_table)
    table.put_item(Item={"pk": "walls", "sk": "later-release", "something": "else"})
    assert known_walls() == []
    assert health()[0] == 200


def test_a_process_writes_the_same_once_and_what_changes_again() -> None:
    with opened_stage() as stage:
        stage.engine.walls = STANDING
        note_walls("worker")
        (first,) = stage.deps.walls.all()
        # Each jail has limits of its own numbers.
        stage.engine.walls = replace(STANDING, limits={"open_files": 99})
        note_walls("worker")
        assert stage.deps.walls.all() == [first]
        stage.engine.walls = NO_WALLS
        note_walls("worker")
        (second,) = stage.deps.walls.all()
        assert second.walls == NO_WALLS
        assert second.seen_at > first.seen_at


def test_nothing_is_written_of_walls_that_nobody_has_seen_or_by_nobody(stage: Stage) -> None:
    note_walls("worker")
    stage.engine.walls = STANDING
    note_walls("")
    assert stage.deps.walls.all() == []


def test_what_cannot_be_written_is_in_no_job_s_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "worker")
    monkeypatch.setattr(stage.deps.walls, "_table", "no-such-table")
    made = queued(stage, job())
    for message in stage.messages(stage.deps.settings.jobs_queue):
        handlers.on_job(message, delivery())
    for message in stage.messages(stage.deps.settings.interviews_queue):
        handlers.on_slice(message, delivery())
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_without_walls_a_job_fails_with_a_sentence(stage: Stage) -> None:
    stage.engine.standing = NO_WALLS
    failed = ran(stage, job())
    assert failed.status is JobStatus.FAILED
    assert failed.reason == "This machine has no walls."
    assert stage.engine.orders == []


def test_a_worker_without_walls_runs_no_interview_and_each_row_says_so(stage: Stage) -> None:
    made = queued(stage, job(agents=3))
    dispatch(made.job_id)
    stage.engine.standing = NO_WALLS
    ended = deliver(stage, made)
    assert ended.status is JobStatus.FAILED
    assert stage.engine.asked == []
    rows = results(stage, ended)["data"]
    assert len(rows) == 3
    assert "This machine has no walls." in str(results(stage, ended)["task_history"])
    stage.engine.standing = STANDING
    retry(stage.account, made.job_id, RetryScope.FAILED)
    assert deliver(stage, made).status is JobStatus.COMPLETED


@pytest.mark.parametrize("said", [None, "true"])
def test_only_a_stage_that_says_so_does_without_walls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    for name, value in make_resources().environment.items():
        monkeypatch.setenv(name, value)
    if said:
        monkeypatch.setenv("PERCH_RUN_WITHOUT_WALLS", said)
    forget()
    assert engine().without_walls is bool(said)
