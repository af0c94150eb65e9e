"""The pages of the cache: what they show, to whom, and what they delete."""

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chalicelib.services.cache import browse, log, savings
from tests.support.entries import entry, sent
from tests.support.jobs import job
from tests.support.pages import HOSTILE, ask, send_form, shown, signed_in
from tests.support.people import ADA, EVE
from tests.support.stage import Stage
from tests.support.walk import ran

CACHE = "/home/remote-cache"
pytestmark = pytest.mark.usefixtures("stage")


def put(*numbers: int, **changes: Any) -> None:
    ADA.told("POST", "/remote-cache/many", [sent(number, **changes) for number in numbers])


def there(stage: Stage) -> set[str]:
    return stage.deps.cache.keys(stage.account.account_id, now=stage.clock())


def keys_in(page: str) -> list[str]:
    return re.findall(r'name="key" value="([0-9a-f]{32})"', page)


def test_an_empty_cache_teaches_how_it_is_filled() -> None:
    page = shown(CACHE)
    assert "Your cache is empty." in page
    assert "fresh=True" in page
    assert "Nothing is in the log" in shown(f"{CACHE}/log")


def test_it_says_how_large_it_is_and_what_it_saved(stage: Stage) -> None:
    first, again = ran(stage, job(agents=2)), ran(stage, job(agents=2))
    page = shown(CACHE)
    count = len(there(stage))
    assert f"{count} entries, " in page
    assert f"{count} of {2 * count} answers (50 %) of your runs came from it" in page
    assert 'aria-current="page">By day' in page
    day = re.search(r"<th scope=\"row\" class=\"keep\">(\d{4}-\d\d)-\d\d</th><td class=\"n\">2</td>", page)
    assert day
    assert f'class="keep">{day[1]}</th>' in shown(f"{CACHE}?by=month")
    logged = shown(f"{CACHE}/log")
    assert "Add new cache entries from remote inference job" in logged
    assert f"/home/remote-inference/{first.job_id}" in logged
    assert again.job_id not in logged


def test_only_the_latest_runs_are_summed_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(savings, "MOST_RUNS", 1)
    ran(stage, job())
    ran(stage, job())
    page = shown(CACHE)
    assert "of the 1 latest run came from it" in page
    assert "Of the 1 latest run." in page


def test_entries_come_page_by_page_in_the_order_of_their_keys(stage: Stage) -> None:
    put(*range(60))
    first = shown(CACHE)
    second = shown(f"{CACHE}?{_next(first)}")
    third = shown(f"{CACHE}?{_next(second)}")
    assert [*keys_in(first), *keys_in(second), *keys_in(third)] == sorted(there(stage))
    assert "Next →" not in third
    assert "To the first page" in third


def _next(page: str) -> str:
    found = re.search(rf'rel="next" id="next" href="{CACHE}\?([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_a_search_says_how_far_it_has_looked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    put(*range(40))
    put(100, user_prompt="What about plums?")
    page = shown(f"{CACHE}?q=PLUMS")
    assert keys_in(page) == [entry(100, user_prompt="What about plums?").key]
    assert "1 entry with these words on this page. Looked through: the whole cache." in page
    assert "No entry has these words" in shown(f"{CACHE}?q=nothing+like+it")
    monkeypatch.setattr(browse, "SEARCH_MILLISECONDS", 10)  # each look at the clock takes one
    seen: list[str] = []
    page = shown(f"{CACHE}?q=plums")
    assert "Looked through so far: " in page
    while "Go on searching →" in page:
        seen += keys_in(page)
        page = shown(f"{CACHE}?{_next(page)}")
    assert len([*seen, *keys_in(page)]) == 1
    assert "Looked through: the rest of the cache." in page


@pytest.mark.parametrize(
    "query",
    [
        *("?by=week", "?after=x", f"?q={'x' * 201}", "/log?before=1", "/export?format=xml"),
        *("/export?keys_from=g", f"/export?keys_from={'a' * 33}", "/delete", f"?after={quote(HOSTILE)}"),
        f"/delete?{urlencode([('key', f'{number:032x}') for number in range(501)])}",
    ],
)
def test_a_query_that_is_none_is_said_to_be_none(query: str) -> None:
    page = shown(f"{CACHE}{query}", status=HTTPStatus.BAD_REQUEST)
    assert "<script>alert" not in page


def test_one_entry_is_shown_whole(stage: Stage) -> None:
    put(1)
    page = shown(f"{CACHE}/{entry(1).key}")
    for text in ("gpt-4o", "You are a nurse.", "Question 1: how are you?", "Answer 1", "&#34;top_p&#34;: 1"):
        assert text in page
    assert "An entry that a client sent" in page
    done = ran(stage, job())
    mine = next(kept for kept in stage.deps.cache.entries(stage.account.account_id, now=stage.clock())
                if kept.maker)  # fmt: skip
    assert f"/home/remote-inference/{done.job_id}" in shown(f"{CACHE}/{mine.key}")


def test_nobody_elses_entry_is_shown_or_deleted(stage: Stage) -> None:
    put(1)
    key = entry(1).key
    for path in (f"{CACHE}/{key}", f"{CACHE}/delete?key={key}", f"{CACHE}/{'0' * 32}", f"{CACHE}/nothing"):
        shown(path, key="key-eve", status=HTTPStatus.NOT_FOUND)
    assert key not in shown(CACHE, key="key-eve")
    page = send_form(f"{CACHE}/delete", [("key", key)], key="key-eve").body.decode()
    assert "0 entries deleted" in page
    assert there(stage) == {key}


def test_those_chosen_are_deleted_once_it_was_asked(stage: Stage) -> None:
    put(1, 2, 3)
    keys = [entry(1).key, entry(2).key]
    page = shown(f"{CACHE}/delete?{urlencode([('key', key) for key in keys])}")
    assert "Delete 2 entries?" in page
    assert "and pays for it" in page
    assert len(there(stage)) == 3
    assert keys_in(page) == keys
    send_form(f"{CACHE}/delete", [("key", key) for key in keys], marked=False)
    assert len(there(stage)) == 3
    answer = send_form(f"{CACHE}/delete", [("key", key) for key in keys])
    assert "2 entries deleted" in answer.body.decode()
    assert there(stage) == {entry(3).key}


def test_what_a_search_finds_is_deleted_part_by_part(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.web.pages.cache.changes.MOST", 20)
    put(*range(30))
    put(*range(30, 35), user_prompt="Kept")
    page = shown(f"{CACHE}/delete?do=found&q=question&key={entry(31).key}")
    rounds = 0
    while "Delete " in page:
        rounds += 1
        after = re.search('name="after" value="([0-9a-f]*)"', page)
        assert after
        fields = [("key", key) for key in keys_in(page)]
        said = send_form(f"{CACHE}/delete", [*fields, ("q", "question"), ("after", after[1])]).body.decode()
        onward = re.search(r'href="(/home/remote-cache/delete\?[^"]+)"', said)
        if not onward:
            break
        page = shown(onward[1].replace("&amp;", "&"))
    assert rounds == 2
    assert {kept.entry.user_prompt for kept in
            stage.deps.cache.entries(stage.account.account_id, now=stage.clock())} == {"Kept"}  # fmt: skip


def test_it_is_downloaded(stage: Stage) -> None:
    put(1, 2)
    for query in ("", "?format=csv", f"?keys_from={entry(1).key}"):
        answer = ask("GET", f"{CACHE}/export{query}", cookie=signed_in())
        assert answer.status_code == HTTPStatus.SEE_OTHER
        name = answer.headers["Location"].partition("?")[0].partition("/passing/")[2]
        text = stage.deps.files.read(f"passing/{name}").decode()
        assert entry(1).key in text
        assert (entry(2).key in text) is ("keys_from" not in query)


def test_the_log_is_read_page_by_page(stage: Stage) -> None:
    for number in range(60):
        log.note(stage.account, f"Change {number:02}", number)
    EVE.told("POST", "/remote-cache-log", {"description": "Eve's own", "cache_entry_count": 1})
    page, found = shown(f"{CACHE}/log"), list[str]()
    while True:
        found += re.findall(r"Change (\d\d)", page)
        older = re.search(r'href="(/home/remote-cache/log\?before=[^"]+)"', page)
        if not older:
            break
        page = shown(older[1])
    assert found == [f"{number:02}" for number in reversed(range(60))]
    assert "Eve" not in page
    assert "← Newest" in page


@pytest.mark.parametrize(
    "value", [HOSTILE, "x" * 10_000, "\ud800 half", "ﷺ" * 300, "\"'><svg onload=alert(1)>"]
)
def test_what_strangers_wrote_is_shown_and_does_nothing(value: str) -> None:
    texts = ("model", "service", "system_prompt", "user_prompt", "output")
    changes = {**dict.fromkeys(texts, value), "parameters": {value: value}, "timestamp": 2**53}
    put(1, **changes)
    key = entry(1, **changes).key
    told = value[-1000:].strip("\ud800")
    ADA.told("POST", "/remote-cache-log", {"description": told, "cache_entry_count": 2**53})
    for path in (CACHE, f"{CACHE}?q={quote(value[:100], errors='replace')}", f"{CACHE}/{key}",
                 f"{CACHE}/log", f"{CACHE}/delete?key={key}"):  # fmt: skip
        page = shown(path)
        assert "<script>alert" not in page
        assert "<svg onload" not in page


def test_a_cache_of_thousands_is_told_about(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.storage.cache.gauging.READ_AT_MOST", 20)
    for start in range(0, 1000, 250):
        put(*range(start, start + 250))
    gauge = browse.size_of(stage.account)
    assert not gauge.exact
    assert gauge.entries == pytest.approx(1000, rel=0.25)
    assert gauge.bytes == pytest.approx(browse.statistics(stage.account)[0].bytes, rel=0.25)
    assert "About " in shown(CACHE)


def test_days_are_drawn_beside_each_other(stage: Stage) -> None:
    ran(stage, job())
    assert "data-plot" not in shown(CACHE)
    stage.now += 24 * 3600 * 1000
    ran(stage, job())
    page = shown(CACHE)
    found = re.search(r"data-plot='([^']+)'", page)
    assert found
    drawn = json.loads(found[1])["data"]["values"]
    assert [(entry["series"], entry["number"]) for entry in drawn] == [
        *(("From the cache", 0), ("Asked of a model", len(there(stage)))),
        *(("From the cache", len(there(stage))), ("Asked of a model", 0)),
    ]
