"""Results page by page, as 1.0.9 asks for them."""

import pytest

from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import queued, ran
from tests.unit.api.test_jobs import ask

RESULTS = "/api/v0/remote-inference/job/{}/results/{}"


def test_manifest_and_pages(stage: Stage) -> None:
    done = ran(stage, job(agents=5))
    told = ask("GET", RESULTS.format(done.job_id, "manifest?page_size=2")).json_body
    assert (told["total_interviews"], told["page_count"], told["page_size"]) == (5, 3, 2)
    pages = [
        ask("GET", RESULTS.format(done.job_id, f"page?page={page}&page_size=2")).json_body
        for page in range(3)
    ]
    assert [page["total_on_page"] for page in pages] == [2, 2, 1]
    assert [row["agent"]["traits"]["number"] for page in pages for row in page["interviews"]] == [*range(5)]
    assert set(pages[0]) == {"job_id", "page", "page_size", "total_on_page", "interviews", "timing_ms"}
    whole = ask("GET", RESULTS.format(done.job_id, "page")).json_body
    assert (whole["page"], whole["page_size"], whole["total_on_page"]) == (0, 100, 5)


def test_a_large_page_leads_elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.offload.QUOTED_ANSWER_BYTES", 10)
    done = ran(stage, job())
    answer = ask("GET", RESULTS.format(done.job_id, "page"))
    assert answer.status_code == 303
    assert "/passing/account/" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("manifest?page_size=0", "page_size"),
        ("manifest?page_size=all", "page_size"),
        ("page?page=-1", "page"),
        ("page?page=first", "page"),
        ("page?page_size=0", "page_size"),
        ("page?page_size=1001", "page_size"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(stage: Stage, asked: str, words: str) -> None:
    answer = ask("GET", RESULTS.format(queued(stage, job()).job_id, asked))
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


def test_a_document_that_is_not_sent_inline_is_named_offloaded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = queued(stage, job())
    asked = "/api/v0/remote-inference?job_uuid={}&include_json_string=True"
    assert ask("GET", asked.format(waiting.job_id)).json_body["job_json_string"] == "offloaded"
    monkeypatch.setattr("chalicelib.services.reports.status.ANSWER_BYTES", 10)
    done = ran(stage, job())
    assert ask("GET", asked.format(done.job_id)).json_body["job_json_string"] == "offloaded"
