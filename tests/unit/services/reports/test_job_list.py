"""Lists of jobs: what an account sees of its own, in which order, and what one request looks through."""

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.status import JobStatus
from chalicelib.services.jobs import submit
from chalicelib.services.reports import job_list
from chalicelib.services.reports.job_list import running_jobs
from tests.support import wire
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import announcement, on_job, queued, ran

pytestmark = pytest.mark.moto


def made(account: Account, description: str | None) -> Job:
    return submit.announce(account, announcement(description=description))[0]


def listed(stage: Stage, *, page: int = 1, page_size: int = 10, **sought: object) -> list[str]:
    """Return the descriptions of a page."""
    rows = wire.listed(stage.account, JobQuery(**sought), page=page, page_size=page_size)  # type: ignore[arg-type]
    return [row["description"] for row in rows]


def test_jobs_are_listed_newest_first_and_page_by_page(stage: Stage) -> None:
    for number in range(7):
        made(stage.account, f"Job {number}")
    assert listed(stage) == [f"Job {number}" for number in reversed(range(7))]
    assert listed(stage, ascending=True) == [f"Job {number}" for number in range(7)]
    pages = [listed(stage, page=page, page_size=3) for page in (1, 2, 3, 4)]
    assert pages == [["Job 6", "Job 5", "Job 4"], ["Job 3", "Job 2", "Job 1"], ["Job 0"], []]


def test_a_job_is_listed_with_what_clients_read(stage: Stage) -> None:
    done = ran(stage, job(agents=2), iterations=2)
    assert wire.listed(stage.account, JobQuery(), page=1, page_size=10) == [
        {
            "uuid": done.job_id,
            "description": "A survey",
            "status": "completed",
            "cost_credits": 0.01,
            "iterations": 2,
            "results_uuid": done.results_id,
            "latest_error_report_uuid": None,
            "latest_failure_reason": None,
            "version": "1.0.9",
            "created_ts": "2027-01-15T08:00:00.001Z",
        }
    ]


def test_a_failed_job_says_why(stage: Stage) -> None:
    ran(stage, b"{")
    (row,) = wire.listed(stage.account, JobQuery(), page=1, page_size=10)
    assert row["status"] == "failed"
    assert "cut off" in row["latest_failure_reason"]
    assert row["latest_error_report_uuid"] == row["uuid"]


def test_each_status_is_found_as_it_is_now(stage: Stage) -> None:
    made(stage.account, "announced")
    queued(stage, job(), description="queued")
    running = queued(stage, job(), description="running")
    on_job({"job_id": running.job_id})
    stage.messages(stage.deps.settings.jobs_queue)
    stage.messages(stage.deps.settings.interviews_queue)
    ran(stage, job(), description="completed")
    ran(stage, b"{", description="failed")

    def of(*statuses: JobStatus) -> list[str]:
        return listed(stage, statuses=frozenset(statuses), ascending=True)

    assert of(JobStatus.QUEUED) == ["announced", "queued"]
    assert of(JobStatus.RUNNING) == ["running"]
    assert of(JobStatus.COMPLETED, JobStatus.FAILED) == ["completed", "failed"]
    assert of(JobStatus.CANCELLED) == []
    assert running_jobs(stage.account) == [running.job_id]
    assert running_jobs(stage.stranger) == []


@pytest.mark.parametrize("words", ["straße", "STRASSE", "lange Str", "LANGE STRASSE 5"])
def test_words_are_found_in_capitals_or_not(stage: Stage, words: str) -> None:
    made(stage.account, "A survey")
    made(stage.account, None)
    made(stage.account, "Die lange Straße 5")
    assert listed(stage, words=words) == ["Die lange Straße 5"]


def test_a_job_is_found_by_its_id_or_part_of_it(stage: Stage) -> None:
    first, _ = made(stage.account, "first"), made(stage.account, "second")
    assert listed(stage, words=first.job_id) == ["first"]
    assert "first" in listed(stage, words=first.job_id[:8].upper())


def test_words_and_status_and_pages_go_together(stage: Stage) -> None:
    for number in range(6):
        made(stage.account, f"{'red' if number % 2 else 'blue'} {number}")
    red = {"words": "red", "statuses": frozenset({JobStatus.QUEUED}), "page_size": 2}
    assert listed(stage, page=1, **red) == ["red 5", "red 3"]  # type: ignore[arg-type]
    assert listed(stage, page=2, **red) == ["red 1"]  # type: ignore[arg-type]


def test_nobody_sees_anybody_elses_jobs(stage: Stage) -> None:
    made(stage.account, "mine")
    hers = made(stage.stranger, "hers")
    assert listed(stage) == ["mine"]
    assert listed(stage, words=hers.job_id) == []


def test_what_one_request_cannot_look_through_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        made(stage.account, f"Job {number}")
    monkeypatch.setattr(job_list, "LOOKED_THROUGH", 6)
    assert listed(stage, words="job 0") == ["Job 0"]
    assert listed(stage, page=4, page_size=2) == []
    monkeypatch.setattr(job_list, "LOOKED_THROUGH", 5)
    assert listed(stage, page=2, page_size=2) == ["Job 3", "Job 2"]
    with pytest.raises(InvalidRequestError, match="newest 5 jobs, and there are more"):
        listed(stage, page=3, page_size=2)
    with pytest.raises(InvalidRequestError, match="sort_ascending=False"):
        listed(stage, page=3, page_size=2, ascending=True)


def test_more_jobs_than_one_read_gives_are_all_found(stage: Stage) -> None:
    for number in range(101):
        made(stage.account, f"Job {number}")
    assert len(listed(stage, page_size=101)) == 101
    assert listed(stage, words="job 0") == ["Job 0"]
