"""Lists of jobs as clients ask for them, and the same asked wrongly."""

import pytest

from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran
from tests.unit.api.test_jobs import ADA, ask, created

pytestmark = pytest.mark.moto

LIST = "/api/v0/remote-inference/list"


def test_the_query_is_read_as_clients_write_it(stage: Stage) -> None:
    for number in range(3):
        ask("POST", "/api/v0/new-remote-inference", created(description=f"Job {number}"))
    done = ran(stage, job(), description="Done")
    query = "page=1&page_size=2&sort_ascending=True&status=queued&status=completed&search_query=JOB"
    rows = ask("GET", f"{LIST}?{query}").json_body
    assert [row["description"] for row in rows] == ["Job 0", "Job 1"]
    rows = ask("GET", f"{LIST}?page=1&page_size=10&sort_ascending=False&status=completed").json_body
    assert [row["uuid"] for row in rows] == [done.job_id]
    assert len(ask("GET", LIST).json_body) == 4
    eve = {**ADA, "Authorization": "Bearer key-eve"}
    assert ask("GET", LIST, headers=eve).json_body == []
    assert ask("GET", "/jobs/status").json_body == {"running_jobs": []}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=one", "page"),
        ("page=", "page"),
        (f"page={'9' * 5000}", "page"),
        ("page=9999999999999", "there are more"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=1.5", "page_size"),
        ("sort_ascending=perhaps", "sort_ascending"),
        ("status=done", "'queued', 'running', 'completed'"),
        ("status=queued&status=", "status"),
        (f"search_query={'x' * 1001}", "search_query"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, query: str, words: str
) -> None:
    monkeypatch.setattr("chalicelib.services.reports.job_list.LOOKED_THROUGH", 1)
    for _ in range(2):
        ask("POST", "/api/v0/new-remote-inference", created())
    answer = ask("GET", f"{LIST}?{query}")
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]
