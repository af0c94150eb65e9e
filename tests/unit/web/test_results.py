"""The pages of results: what they show, and to whom."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.content.sharing import share
from chalicelib.services.tables import downloads, making
from chalicelib.storage.columns import writer
from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, shown, signed_in
from tests.support.people import ADA, agent
from tests.support.stage import Stage
from tests.support.walk import ran
from tests.unit.services.tables.test_table import rewritten

NOT_FOUND = HTTPStatus.NOT_FOUND
NEVER = "00000000-0000-4000-8000-000000000000"
VIEWS = ("", "?view=plots", "?interview=1", "?view=costs", "?view=share")


def path(done: Job, **query: Any) -> str:
    return f"/home/content/{done.results_id}/results" + (f"?{urlencode(query, doseq=True)}" if query else "")


def test_results_have_a_table(stage: Stage) -> None:
    done = ran(stage, job(agents=60), description="Sixty of them")
    page = shown(path(done))
    for words in ("Sixty of them", "60 interviews", "answer.q0", "1–50 of 60", "Next →", "?interview=1"):
        assert words in page
    assert "51–60 of 60" in shown(path(done, page=2))


def test_filters_and_order_are_in_the_address(stage: Stage) -> None:
    done = ran(stage, job(agents=5, scenarios=2))
    chosen = {"column": ["agent.number", "scenario.topic"], "sort": "-agent.number"}
    page = shown(path(done, where="scenario.topic", rule="is", value="topic 1", **chosen))
    assert "of which 5 pass the filters" in page
    assert 'aria-sort="descending"' in page
    assert page.index(">4</a>") < page.index(">0</a>")
    assert "No interview is like that" in shown(path(done, where="scenario.topic", rule="is", value="no"))


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=99999999999999999999",
        "sort=nothing",
        "sort=answer.nothing",
        "column=x",
        "where=answer.q0",
        "where=answer.q0&rule=like&value=x",
        "interview=0",
        "interview=x",
        "download=exe",
        "view=plots&split=x",
        "column=" + "answer.q0%00",
        "column=" + "&column=".join(f"answer.q{number}" for number in range(500)),
    ],
)
def test_what_no_address_can_ask(stage: Stage, query: str) -> None:
    done = ran(stage, job())
    shown(f"{path(done)}?{query}", status=HTTPStatus.BAD_REQUEST)


def test_an_interview_is_shown_whole(stage: Stage) -> None:
    stage.engine.failing = {1}
    done = ran(stage, job(agents=3))
    assert "Interview 1 of 3" in shown(path(done, interview=1))
    assert 'class="problem"' in shown(path(done, interview=2))
    shown(path(done, interview=4), status=HTTPStatus.NOT_FOUND)


def test_plots_have_their_numbers(stage: Stage) -> None:
    done = ran(stage, job(agents=3, scenarios=2))
    page = shown(path(done, view="plots", split="scenario.topic"))
    assert "6 of 6 interviews have an answer." in page
    assert "topic 1" in page
    assert "split by scenario.topic" in page


def test_what_failed_is_counted_in_words(stage: Stage) -> None:
    stage.engine.failing = {1}
    page = shown(path(ran(stage, job(agents=3)), view="plots"))
    assert "2 of 3 interviews have an answer, 1 has none; 1 failed." in page


def test_filters_are_those_of_the_table_and_can_be_changed_there(stage: Stage) -> None:
    done = ran(stage, job(agents=3, scenarios=2))
    chosen = {"where": "scenario.topic", "rule": "is", "value": "topic 1"}
    page = shown(path(done, view="plots", split="agent.number", **chosen))
    assert "3 of 3 interviews have an answer." in page
    removed = path(done, view="plots", split="agent.number").replace("&", "&amp;")
    assert f'href="{removed}" aria-label="Remove this filter' in page
    table = path(done, **chosen, split="agent.number").replace("&", "&amp;")
    assert f'href="{table}"' in page
    plots = path(done, view="plots", **chosen).replace("&", "&amp;")
    assert f'href="{plots}"' in shown(path(done, **chosen))


def test_a_plots_values_lead_to_the_interviews_that_have_them(stage: Stage) -> None:
    done = ran(stage, job(agents=30))
    rows = [InterviewRow(at, {"answer": {"q0": f"I like tea, number {at}"}}) for at in range(30)]
    rewritten(stage, done, rows)
    page = shown(path(done, view="plots"))
    led_to = path(done, where="answer.q0", rule="contains", value="tea")
    assert f'href="{led_to.replace("&", "&amp;")}">tea</a>' in page
    assert "30 interviews, of which 30 pass" in shown(led_to)
    assert "Search these answers" in page


def test_models_are_compared_where_there_are_several(stage: Stage) -> None:
    one, two = job(), job()
    two["models"] = [{**two["models"][0], "model": name} for name in ("test", "other")]
    assert "Compare" not in shown(path(ran(stage, one), view="plots"))
    done = ran(stage, two)
    assert "Compare 2 models" in shown(path(done, view="plots"))
    assert "Compare" not in shown(path(done, view="plots", split="model.model"))


@pytest.mark.parametrize("view", VIEWS)
def test_strangers_words_are_text(stage: Stage, view: str) -> None:
    done = ran(stage, job(), description=HOSTILE)
    row = {
        "answer": {HOSTILE: HOSTILE, "list": [HOSTILE]},
        "agent": {"traits": {HOSTILE: HOSTILE}, "name": HOSTILE},
        "scenario": {HOSTILE: {HOSTILE: HOSTILE}},
        "model": {"model": HOSTILE, "inference_service": HOSTILE, "parameters": {HOSTILE: HOSTILE}},
        "comments_dict": {f"{HOSTILE}_comment": HOSTILE},
        "raw_model_response": {f"{HOSTILE}_raw_model_response": {HOSTILE: HOSTILE}},
        "prompt": {
            f"{HOSTILE}_user_prompt": {"text": HOSTILE},
            f"{HOSTILE}_system_prompt": {"text": HOSTILE},
        },
    }
    problem = {"exception": {"type": HOSTILE, "message": HOSTILE}}
    rewritten(stage, done, [InterviewRow(0, row, {HOSTILE: [problem]}), InterviewRow(1, row)])
    page = shown(f"{path(done)}{view}")
    assert "<script>alert" not in page
    assert "alert(1)" in page
    hostile = urlencode(
        {"where": f"answer.{HOSTILE}", "rule": "is", "value": HOSTILE, "sort": f"agent.{HOSTILE}"}
    )
    assert "<script>alert" not in shown(f"{path(done)}?{hostile}", status=HTTPStatus.OK)


@pytest.mark.parametrize("view", [*VIEWS, "?download=csv", "?download=zip"])
def test_another_account_sees_what_there_is_for_nobody(stage: Stage, view: str) -> None:
    done = ran(stage, job())
    pages = [
        shown(f"/home/content/{name}/results{view}", key="key-eve", status=HTTPStatus.NOT_FOUND).replace(
            name, ""
        )
        for name in (NEVER, done.results_id or "")
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("view", VIEWS)
def test_people_it_is_shared_with_see_it_without_what_is_the_owners(stage: Stage, view: str) -> None:
    done = ran(stage, job())
    share(stage.account, done.results_id or "", stage.stranger.email)
    page = shown(f"{path(done)}{view}", key="key-eve")
    assert "Replication package" not in page
    assert done.job_id not in page
    assert "Replication package" in shown(f"{path(done)}{view}")


def test_downloads_lead_to_their_file(stage: Stage) -> None:
    done = ran(stage, job())
    for form in downloads.Format:
        answer = ask("GET", path(done, download=form.value), cookie=signed_in())
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert JobKeys.of(done).table_folder(1) in answer.headers["Location"]


def test_what_takes_longer_is_being_made(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done = ran(stage, job())
    monkeypatch.setattr(downloads, "MADE_AT_ONCE", 0)
    assert "is being made" in shown(path(done, download="csv"))
    stage.deps.files.delete_under(JobKeys.of(done).table_folder(1))
    monkeypatch.setattr(making, "MADE_AT_ONCE", 0)
    for query in ({}, {"view": "plots"}, {"download": "csv"}):
        assert "is being made" in shown(path(done, **query))


def test_what_is_too_large_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_SPOOL", 1)
    assert "too large for a table" in shown(path(ran(stage, job())))


def test_any_other_object_leads_to_what_it_is(stage: Stage) -> None:
    content_id = ADA.push(agent(HOSTILE), object_type="agent", description=HOSTILE)
    answer = ask("GET", f"/home/content/{content_id}/results", cookie=signed_in())
    assert (answer.status_code, answer.headers["Location"]) == (
        HTTPStatus.SEE_OTHER,
        f"/content/{content_id}",
    )
    shown(f"/home/content/{content_id}/results", key="key-eve", status=HTTPStatus.NOT_FOUND)


def test_costs_are_told_by_model_and_question(stage: Stage) -> None:
    done = ran(stage, job(agents=3, questions=("q0", "q1")))
    page = shown(path(done, view="costs"))
    for words in ("3 interviews", "credits", "By model", "By question", "q1", "data-plot"):
        assert words in page
    share(stage.account, done.results_id or "", stage.stranger.email)
    assert "Charged" in page
    assert "Charged" not in shown(path(done, view="costs"), key="key-eve")


def test_their_owner_changes_and_shares_them(stage: Stage) -> None:
    done = ran(stage, job())
    page = shown(path(done, view="share"))
    for form in ("change", "share", "delete"):
        assert f"/home/content/{done.results_id}/{form}" in page
    share(stage.account, done.results_id or "", stage.stranger.email)
    assert "they are shared with 1 person" in shown(path(done, view="share"))
    others = shown(path(done, view="share"), key="key-eve")
    assert "<form" not in others.partition("<main")[2]
    assert "?view=share" not in others.partition("<main")[2]


def test_code_that_gets_the_same_is_beside_it(stage: Stage) -> None:
    done = ran(stage, job())
    page = shown(path(done))
    for words in (f"Coop().pull(&#34;{done.results_id}&#34;)", "read_parquet", "library(httr2)"):
        assert words.replace("&#34;", '"') in page
