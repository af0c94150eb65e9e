"""A client that would run a job on the laptop is given results to load instead, and told why."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.read import get_object, pull_address
from chalicelib.services.jobs import cancel
from tests.support import wire
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import queued, ran

NEEDY = "0.1.62"


def loaded(stage: Stage, found: Job) -> dict[str, Any]:
    """Load results as the client does: by the id that it is told."""
    told = wire.described(found)["results_uuid"]
    object_type, address = pull_address(stage.account, told)
    assert object_type == "results"
    assert address
    answer = json.loads(get_object(stage.account, told).body or "")
    document: dict[str, Any] = json.loads(answer["json_string"])
    return document


def why(document: dict[str, Any]) -> str:
    (interview,) = document["task_history"]["interviews"]
    (entries,) = interview["exceptions"].values()
    return str(entries[0]["exception"]["message"])


def test_a_job_that_failed_before_it_ran_has_results_without_rows_that_say_why(stage: Stage) -> None:
    done = ran(stage, b"{}", release=NEEDY)
    assert done.status is JobStatus.FAILED
    assert done.results_id is None
    document = loaded(stage, done)
    assert document["data"] == []
    assert document["survey"]["questions"] == []
    assert done.reason
    assert done.reason in why(document)


def test_a_job_cancelled_before_it_ran_is_told_failed_with_results_that_say_cancelled(stage: Stage) -> None:
    made = queued(stage, job(), release=NEEDY)
    cancel.cancel(stage.account, made.job_id)
    done = owned_job(stage.account, made.job_id)
    assert done.status is JobStatus.CANCELLED
    assert wire.described(done)["status"] == "failed"
    document = loaded(stage, done)
    assert document["data"] == []
    assert "cancelled" in why(document)


@pytest.mark.parametrize("release", ["0.1.42", "0.1.54"])
def test_who_reads_no_task_history_gets_a_row_without_answers(stage: Stage, release: str) -> None:
    done = ran(stage, b"{}", release=release)
    assert done.status is JobStatus.FAILED
    (row,) = loaded(stage, done)["data"]
    assert done.reason
    assert done.reason in row["scenario"]["why_there_are_no_answers"]
    assert not any(row["answer"].values())


def test_others_neither_need_them_nor_find_them(stage: Stage) -> None:
    needy, proud = ran(stage, b"{}", release=NEEDY), ran(stage, b"{}", release="1.0.9")
    assert wire.described(proud)["results_uuid"] is None
    for account, found in ((stage.stranger, needy), (stage.account, proud)):
        with pytest.raises(NotFoundError):
            get_object(account, found.job_id)


def test_a_job_with_results_keeps_them(stage: Stage) -> None:
    stage.engine.failing = {0}
    done = ran(stage, job(agents=2), release=NEEDY)
    assert wire.described(done)["status"] == "partial_failed"
    assert wire.described(done)["results_uuid"] == done.results_id
    document = loaded(stage, done)
    assert len(document["data"]) == 2
    none_good = ran(stage, job(throw_exception=True), release=NEEDY)
    assert none_good.results_id
    assert len(loaded(stage, none_good)["data"]) == 1
