"""The pages of objects: what they show, to whom, and what they change."""

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest

from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.people import ADA, EVE
from tests.support.stage import Stage
from tests.support.walk import ran

LIST = "/home/content"
SCENARIOS = {"scenarios": [{"place": f"park {number}"} for number in range(12)]}
pytestmark = pytest.mark.usefixtures("stage")


def scenarios(**said: Any) -> str:
    return ADA.push(SCENARIOS, object_type="scenario_list", **said)


def test_an_empty_list_teaches_how_to_fill_it() -> None:
    assert ".push(" in shown(LIST)
    assert "Nobody has shared anything with you yet" in shown(f"{LIST}?of=shared")
    assert "Nobody has made anything public yet" in shown(f"{LIST}?of=public")


def test_each_list_has_what_is_in_it(stage: Stage) -> None:
    done = ran(stage, job(), description="Parks")
    mine = scenarios(description="My places", alias="places")
    theirs = EVE.push(description="Eve's agent", visibility="public")
    EVE.told("POST", "/object/share", {"uuid": theirs, "username_or_email": "ada@example.com"})
    page = shown(LIST)
    assert f'href="/content/{mine}"' in page
    assert f'href="/content/{done.results_id}"' in page
    assert theirs not in page
    assert page.index("My places") < page.index("Parks")
    for listed in ("shared", "public"):
        found = shown(f"{LIST}?of={listed}")
        assert f'href="/content/{theirs}"' in found
        assert mine not in found


def test_a_list_is_searched_filtered_and_paged() -> None:
    made = [scenarios(description=f"Places {number}") for number in range(27)]
    agents = ADA.push(description="Somebody", visibility="public")
    assert f"/content/{agents}" not in shown(f"{LIST}?q=PLACES")
    only = shown(f"{LIST}?type=agent&visibility=public")
    assert f"/content/{agents}" in only
    assert made[0] not in only
    second = shown(f"{LIST}?page=2")
    assert f"/content/{made[0]}" in second
    assert "26–28 of 28" in second
    assert "Nothing is like that" in shown(f"{LIST}?q=plums")
    assert "There is nothing on this page" in shown(f"{LIST}?page=9")


@pytest.mark.parametrize(
    "query",
    [
        *("of=nobody", "type=job", "visibility=secret", "page=0", "page=x", f"page={'9' * 40}"),
        *(urlencode({"of": HOSTILE}), urlencode({"type": HOSTILE}), f"q={'x' * 201}"),
    ],
)
def test_a_query_that_is_none_is_said_to_be_none(query: str) -> None:
    page = shown(f"{LIST}?{query}", status=HTTPStatus.BAD_REQUEST)
    assert "<script>alert" not in page


def test_an_object_is_found_by_its_id_and_by_its_alias(stage: Stage) -> None:
    content_id = scenarios(description="My places", alias="Places")
    for path in (f"/content/{content_id}", f"/content/{stage.account.username}/places"):
        page = shown(path)
        assert "My places" in page
        assert "A scenario list of yours, private" in page
        assert "12 rows, the first 10 of them." in page
        assert "park 9" in page
        assert "park 10" not in page
        assert f"/content/{stage.account.username}/Places" in page


def test_a_survey_is_readable() -> None:
    survey = {
        "questions": [
            {"question_name": "often", "question_text": "How often?", "question_type": "multiple_choice",
             "question_options": ["never", "always"]},
        ],
        "memory_plan": {}, "rule_collection": {}, "question_groups": {},
    }  # fmt: skip
    page = shown(f"/content/{ADA.push(survey, object_type='survey')}")
    for text in ("1 question.", "How often?", "multiple choice", "never", "always"):
        assert text in page


def test_the_flow_of_a_survey_is_told() -> None:
    rules = [
        {"current_q": 1, "expression": "{{ q0.answer }} == 'no'", "next_q": 2, "before_rule": True},
        {"current_q": 0, "expression": "{{ q0.answer }} > 3", "next_q": 2},
        {"current_q": 1, "expression": "{{ agent.old }}", "next_q": "EndOfSurvey"},
    ]
    survey = {
        "questions": [
            {"question_name": "q0"},
            {"name": "i1", "text": f"Be honest {HOSTILE}", "edsl_class_name": "Instruction"},
            *({"question_name": f"q{number}"} for number in (1, 2)),
        ],
        "memory_plan": {"data": {"q1": {"prior_questions": ["q0"]}, "q2": {"prior_questions": ["q1"]}}},
        "rule_collection": {"rules": rules},
        "question_groups": {HOSTILE: [0, 1]},
    }
    page = shown(f"/content/{ADA.push(survey, object_type='survey')}")
    told = re.sub(r"<[^>]+>|\n", "", page[page.index("<h3>Flow") : page.index("<h3>Questions")])
    for text in (
        "With each question its model is told the one before and its answer.",
        "From q1 on, models are told (i1): Be honest &lt;script&gt;",
        "Before q1: if the answer to q0 is &#39;no&#39;, it is left out.",
        "After q0: if the answer is more than 3, go to q2.",
        "After q1: if {{ agent.old }}, the survey ends.",
        "(1))![b](http://elsewhere/b.png): q0 to q1.",
    ):
        assert text in told
    assert "3 questions." in page


def test_a_notebook_is_readable() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Parks\n", "How *often*?\n\n|a|b|\n|-|-|\n|1|2|\n"]},
        {"cell_type": "code", "source": "draw()", "outputs": [
            {"output_type": "stream", "text": ["drawn ", "it"]},
            {"output_type": "display_data", "data": {"image/png": "iVBORw0", "text/html": "<b>x</b>"}},
            {"output_type": "error", "traceback": ["\x1b[0;31mKeyError\x1b[0m: 'park'"]},
        ]},
    ]  # fmt: skip
    notebook = {"name": "parks", "data": {"cells": cells}}
    page = shown(f"/content/{ADA.push(notebook, object_type='notebook')}")
    for text in (
        *("2 cells", "<h3>Parks</h3>", "<em>often</em>", "<td>2</td>", "<code>draw()</code>", "drawn it"),
        *("Left out here: an image (PNG), HTML.", "It failed", "KeyError: &#39;park&#39;"),
    ):
        assert text in page
    assert "iVBORw0" not in page


def test_a_notebook_of_many_cells_stays_a_page() -> None:
    wide = "|a" * 50 + "\n" + "|-" * 50 + "\n" + "|\n" * 899  # a table of 45,000 cells in 2,000 characters
    cells = [{"cell_type": "markdown", "source": wide} for _ in range(200)]
    page = shown(f"/content/{ADA.push({'name': 'n', 'data': {'cells': cells}}, object_type='notebook')}")
    assert "200 cells, the first 50 of them" in page
    assert "and 150 more cells" in page
    assert "<td" not in page
    assert len(page) < 1_000_000


def test_a_cache_is_searched_and_paged() -> None:
    about = {"parameters": {}, "iteration": 0, "timestamp": 0, "system_prompt": "", "service": "openai"}
    cache = {
        f"key{number}": {**about, "model": "gpt-4o", "user_prompt": f"Park {number}?",
                         "output": json.dumps({"choices": [{"message": {"content": f"Oak {number}"}}]})}
        for number in range(1_000)
    }  # fmt: skip
    path = f"/content/{ADA.push({**cache, 'edsl_class_name': 'Cache'}, object_type='cache')}"
    page = shown(path)
    for text in ("1,000 entries.", "1–25 of 1,000", "Park 24?", "Oak 24", "gpt-4o"):
        assert text in page
    assert "Park 25?" not in page
    assert "choices" not in page
    last = shown(f"{path}?q=PARK+99&page=1")
    for text in ("11 of them with these words", "Park 999?", 'value="PARK 99"'):
        assert text in last
    assert f'href="{path}?q=park&amp;page=3"' in shown(f"{path}?q=park&page=2")
    assert "No entry has these words" in shown(f"{path}?q=plums")
    assert "There is nothing on this page" in shown(f"{path}?page=999")
    for query in ("page=0", f"page={HOSTILE}", f"q={'x' * 201}"):
        assert "<script>alert" not in shown(f"{path}?{query}", status=HTTPStatus.BAD_REQUEST)
    assert "<script>alert" not in shown(f"{path}?{urlencode({'q': HOSTILE})}")
    assert "0 entries" in shown(f"/content/{ADA.push({}, object_type='cache')}")


def test_what_others_made_public_is_shown_as_to_its_owner(stage: Stage) -> None:
    done = ran(stage, job())
    ADA.told("PATCH", f"/object?uuid={done.results_id}", {"visibility": "public"})
    led = ask("GET", f"/content/{done.results_id}", cookie=signed_in("key-eve"))
    assert led.headers["Location"] == f"{LIST}/{done.results_id}/results"
    assert "1 interview" in shown(led.headers["Location"], key="key-eve")


def test_results_lead_to_their_job_and_to_a_file(stage: Stage) -> None:
    done = ran(stage, job())
    led = ask("GET", f"/content/{done.results_id}", cookie=signed_in())
    assert (led.status_code, led.headers["Location"]) == (303, f"{LIST}/{done.results_id}/results")
    about = ask("GET", f"/content/{done.results_id}?about=1", cookie=signed_in())
    assert about.headers["Location"] == f"{LIST}/{done.results_id}/results?view=share"
    assert f'href="/home/remote-inference/{done.job_id}"' in shown(about.headers["Location"])
    answer = ask("GET", f"{LIST}/{done.results_id}/value", cookie=signed_in())
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "/results/1.0.9.json" in answer.headers["Location"]


def test_what_is_large_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.reports.objects.page.SHOWN_BYTES", 100)
    page = shown(f"/content/{scenarios()}")
    assert "It is too large to be shown here" in page
    assert "park 1" not in page


@pytest.mark.parametrize(
    ("object_type", "value"),
    [
        ("agent", {"traits": {HOSTILE: HOSTILE}, "name": HOSTILE, "edsl_class_name": "Agent"}),
        ("scenario_list", {"scenarios": [{HOSTILE: HOSTILE}]}),
        ("scenario_list", {"scenarios": []}),
        ("prompt", {"text": HOSTILE, "class_name": "Prompt"}),
        ("notebook", {"name": HOSTILE, "data": {"cells": [], HOSTILE: HOSTILE}}),
        ("notebook", {"name": HOSTILE, "data": {"cells": [
            *({"cell_type": kind, "source": [HOSTILE, 3]} for kind in ("markdown", "code", "raw", HOSTILE)),
            {"cell_type": "code", "source": {}, "outputs": [
                *(3, {}, {"text": HOSTILE}, {"output_type": "error", "traceback": [HOSTILE]}),
                {"data": {HOSTILE: HOSTILE, "text/html": HOSTILE, "text/plain": [HOSTILE]}},
            ]}]}}),
        ("cache", {HOSTILE: dict.fromkeys(
            ("model", "service", "system_prompt", "user_prompt", "output"), HOSTILE
        ) | {"parameters": {}, "iteration": 0, "timestamp": 0}}),
        ("survey", {"questions": [{"question_name": HOSTILE, "question_text": HOSTILE}, {}],
                    "memory_plan": {"data": []}, "rule_collection": {"rules": [1]}, "question_groups": {}}),
    ],
)  # fmt: skip
def test_whatever_strangers_wrote_is_text(object_type: str, value: dict[str, Any]) -> None:
    content_id = EVE.push(value, object_type=object_type, description=HOSTILE, visibility="public")
    for path in (f"/content/{content_id}", f"{LIST}?of=public"):
        page = shown(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert 'href="javascript' not in page
        assert "<img" not in page


def test_somebody_elses_is_told_like_none() -> None:
    theirs, never = EVE.push(alias="hers"), str(uuid4())
    pages = [shown(f"/content/{one}", status=HTTPStatus.NOT_FOUND) for one in (theirs, never)]
    assert pages[0].replace(theirs, never) == pages[1]
    for path in ("/content/eve/hers", "/content/nobody/hers", "/content/x", f"/content/{quote(HOSTILE, '')}"):
        assert "<script>alert" not in shown(path, status=HTTPStatus.NOT_FOUND)
    assert ask("GET", f"{LIST}/{theirs}/value", cookie=signed_in()).status_code == HTTPStatus.NOT_FOUND
    assert ask("GET", f"{LIST}/{theirs}/delete", cookie=signed_in()).status_code == HTTPStatus.NOT_FOUND


def test_who_may_read_it_changes_nothing() -> None:
    theirs = EVE.push(description="Hers", visibility="public")
    page = shown(f"/content/{theirs}")
    for text in ("/change", "/share", "/delete", "Shared with"):
        assert text not in page
    fields = {"description": "mine", "visibility": "private", "who": "ada@example.com"}
    for path in ("change", "share", "unshare", "delete"):
        assert send_form(f"{LIST}/{theirs}/{path}", fields).status_code == HTTPStatus.NOT_FOUND
    assert EVE.told("GET", f"/object/metadata?uuid={theirs}")["description"] == "Hers"


def test_an_owner_changes_shares_and_deletes_it() -> None:
    content_id = scenarios()
    said = {"description": "New", "alias": "new-1", "visibility": "public"}
    answer = send_form(f"{LIST}/{content_id}/change", said)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/content/{content_id}?about=1")
    told = ADA.told("GET", f"/object/metadata?uuid={content_id}")
    assert (told["description"], told["alias"], told["visibility"]) == ("New", "new-1", "public")
    for who in ("eve@example.com", "nobody@example.com"):
        assert send_form(f"{LIST}/{content_id}/share", {"who": who}).status_code == HTTPStatus.SEE_OTHER
    page = shown(f"/content/{content_id}")
    assert "shared with 2 people" in page
    assert "(no account yet)" in page
    answer = send_form(f"{LIST}/{content_id}/unshare", {"who": "nobody@example.com"})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "shared with 1 person" in shown(f"/content/{content_id}")
    assert "All its versions go" in shown(f"{LIST}/{content_id}/delete")
    answer = send_form(f"{LIST}/{content_id}/delete", {})
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    shown(f"/content/{content_id}", status=HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("change", {"description": "x", "alias": "not an alias", "visibility": "public"}),
        ("change", {"description": "x", "visibility": "secret"}),
        ("change", {"description": "x" * 10_001, "visibility": "public"}),
        ("share", {"who": "no address"}),
        ("share", {"who": HOSTILE}),
        ("share", {"who": "x" * 255}),
        ("share", {}),
    ],
)
def test_what_cannot_be_done_is_said(path: str, fields: dict[str, str]) -> None:
    content_id = scenarios(description="As it was")
    answer = send_form(f"{LIST}/{content_id}/{path}", fields)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "<script>alert" not in answer.body.decode()
    assert ADA.told("GET", f"/object/metadata?uuid={content_id}")["description"] == "As it was"


@pytest.mark.parametrize("path", ["change", "share", "unshare", "delete"])
def test_a_form_without_the_sessions_mark_does_nothing(path: str) -> None:
    content_id = scenarios()
    fields = {"description": "x", "visibility": "public", "who": "eve@example.com"}
    answer = send_form(f"{LIST}/{content_id}/{path}", fields, marked=False)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert ADA.told("GET", f"/object/metadata?uuid={content_id}")["visibility"] == "private"
