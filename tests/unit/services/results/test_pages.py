"""Pages of finished interviews: all of them, in order, whenever they are asked for."""

import json
from typing import Any

import pytest
import requests

from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services import offload
from chalicelib.services.finishing.fail import fail
from chalicelib.services.jobs.retry import retry
from chalicelib.services.results import pages
from chalicelib.storage.aws.files import FileStore
from tests.support import wire
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, on_finish, on_job, on_slice, queued, ran, results


def manifest(stage: Stage, of: Job, page_size: int = 100) -> dict[str, Any]:
    return wire.manifest(stage.account, of.job_id, page_size=page_size)


def page(stage: Stage, of: Job, number: int, page_size: int) -> dict[str, Any]:
    answer = pages.page(stage.account, of.job_id, number=number, page_size=page_size)
    assert answer.body is not None
    read: dict[str, Any] = json.loads(answer.body)
    assert read["total_on_page"] == len(read["interviews"]) <= page_size
    assert (read["job_id"], read["page"], read["page_size"]) == (of.job_id, number, page_size)
    return read


def every_page(stage: Stage, of: Job, page_size: int) -> list[dict[str, Any]]:
    """Read as 1.0.9 does: by what the manifest says."""
    told = manifest(stage, of, page_size)
    read = [page(stage, of, number, told["page_size"])["interviews"] for number in range(told["page_count"])]
    assert sum(map(len, read)) == told["total_interviews"]
    assert page(stage, of, told["page_count"], told["page_size"])["interviews"] == []
    return [interview for interviews in read for interview in interviews]


def ids(interviews: list[dict[str, Any]]) -> list[int]:
    return [int(interview["interview_id"]) for interview in interviews]


def started(stage: Stage, document: Any, **changes: Any) -> tuple[Job, list[dict[str, Any]]]:
    """Start a job; return it and the messages of its slices."""
    made = queued(stage, document, **changes)
    on_job({"job_id": made.job_id})
    stage.messages(stage.deps.settings.jobs_queue)
    return made, sorted(
        stage.messages(stage.deps.settings.interviews_queue), key=lambda message: int(message["start"])
    )


def test_before_it_runs_a_job_has_no_pages(stage: Stage) -> None:
    waiting = queued(stage, job())
    assert manifest(stage, waiting) == {
        "job_id": waiting.job_id,
        "status": "queued",
        "total_interviews": 0,
        "page_size": 100,
        "page_count": 0,
        "interview_ids": None,
    }
    assert page(stage, waiting, 0, 10)["interviews"] == []


@pytest.mark.parametrize("page_size", [1, 3, 5, 7, 100])
def test_slices_are_served_in_order_as_they_are_finished(stage: Stage, page_size: int) -> None:
    limit(slice_size=5, smallest_slice=5)
    running, slices = started(stage, job(agents=17))
    assert [message["start"] for message in slices] == [0, 5, 10, 15]
    seen = []
    for turn in (2, 0, 3):
        on_slice(slices[turn])
        seen.append(ids(every_page(stage, running, page_size)))
    assert seen == [[*range(10, 15)], [*range(5), *range(10, 15)], [*range(5), *range(10, 17)]]
    told = wire.described(stage.deps.jobs.get(running.job_id) or running)
    assert told["status"] == "running"
    assert told["results_uuid"] is None
    assert told["latest_job_run_details"]["results_available"] is True
    on_slice(slices[1])
    whole = every_page(stage, running, page_size)
    assert ids(whole) == [*range(17)]
    deliver(stage, running)
    assert every_page(stage, running, page_size) == whole


def test_a_page_reads_only_the_slices_that_it_needs(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(slice_size=5, smallest_slice=5)
    running, slices = started(stage, job(agents=20))
    for message in slices:
        on_slice(message)
    read: list[str] = []
    original = FileStore.lines

    def noted(store: FileStore, name: str, extent: tuple[int, int] | None = None) -> Any:
        read.append(name.rpartition("/")[2])
        return original(store, name, extent)

    monkeypatch.setattr(FileStore, "lines", noted)
    assert ids(page(stage, running, 2, 4)["interviews"]) == [8, 9, 10, 11]
    assert read == ["000000005-0001.jsonl", "000000010-0001.jsonl"]


def test_a_page_of_an_ended_job_reads_only_its_blocks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.plans.line_index.LineIndex.__init__.__defaults__", (2000,))
    done = ran(stage, job(agents=40))
    read: list[tuple[int, int]] = []
    original = FileStore.lines

    def noted(store: FileStore, name: str, extent: tuple[int, int] | None = None) -> Any:
        assert extent is not None
        read.append(extent)
        return original(store, name, extent)

    monkeypatch.setattr(FileStore, "lines", noted)
    assert ids(page(stage, done, 9, 4)["interviews"]) == [36, 37, 38, 39]
    ((begin, end),) = read
    assert begin > 5000
    assert end - begin < 8000


def test_interviews_are_what_the_results_have(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3, questions=("q0", "q1")), iterations=2)
    served = every_page(stage, done, 4)
    for interview, row in zip(served, results(stage, done)["data"], strict=True):
        assert {key: interview[key] for key in ("agent", "scenario", "model", "iteration")} == {
            key: row[key] for key in ("agent", "scenario", "model", "iteration")
        }
        assert {answer["question_name"]: answer["answer"] for answer in interview["answers"]} == row["answer"]
        assert [answer["input_tokens"] for answer in interview["answers"]] == [10, 10]
    assert served[1]["answers"][0]["answer"] is None


def test_a_job_that_was_failed_serves_what_it_had(stage: Stage) -> None:
    limit(slice_size=2, smallest_slice=2)
    running, slices = started(stage, job(agents=6))
    on_slice(slices[1])
    fail(stage.deps.jobs.get(running.job_id) or running, "It had to stop.")
    assert manifest(stage, running)["status"] == "failed"
    assert ids(every_page(stage, running, 10)) == [2, 3]


def test_a_retried_job_serves_what_it_had_until_the_retry_is_laid_over_it(stage: Stage) -> None:
    stage.engine.failing = {1, 3}
    done = ran(stage, job(agents=5))
    before = every_page(stage, done, 2)
    stage.engine.failing = set()
    retry(stage.account, done.job_id, RetryScope.FAILED)
    assert every_page(stage, done, 2) == before
    on_job({"job_id": done.job_id})
    (message, *_) = stage.messages(stage.deps.settings.interviews_queue)
    on_slice(message)
    assert stage.deps.jobs.get(done.job_id).status is JobStatus.RUNNING  # type: ignore[union-attr]
    assert every_page(stage, done, 2) == before
    on_finish({"job_id": done.job_id, "run": 2})
    ended = deliver(stage, done)
    assert ended.status is JobStatus.COMPLETED
    after = every_page(stage, done, 2)
    assert ids(after) == [*range(5)]
    assert [interview["answers"][0]["answer"] for interview in after] == ["Hello"] * 5


@pytest.mark.moto
def test_a_large_page_lies_elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job(agents=5))
    inline = page(stage, done, 0, 5)
    monkeypatch.setattr(offload, "QUOTED_ANSWER_BYTES", 1500)
    answer = pages.page(stage.account, done.job_id, number=0, page_size=5)
    assert answer.body is None
    assert answer.address is not None
    assert f"/passing/account/{stage.account.account_id}/job/{done.job_id}/" in answer.address
    read = requests.get(answer.address, timeout=60).json()
    assert {**read, "timing_ms": 0} == {**inline, "timing_ms": 0}


def test_pages_are_smaller_where_rows_are_large(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job(agents=5))
    assert manifest(stage, done, 5000)["page_size"] == 1000
    monkeypatch.setattr(pages, "PAGE_BYTES", 2000)
    told = manifest(stage, done)
    assert 1 < told["page_size"] < 5
    assert ids(every_page(stage, done, 100)) == [*range(5)]
    monkeypatch.setattr(pages, "PAGE_BYTES", 10)
    assert manifest(stage, done)["page_size"] == 1
