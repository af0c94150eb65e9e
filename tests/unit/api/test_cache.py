"""The cache as clients call it, and as people look at it."""

import csv
import io
import json
from typing import Any
from urllib.parse import urljoin

import pytest
from chalice.test import HTTPResponse

from chalicelib.domain.object_keys import SHARED_SCOPE
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.services.accounts.releases import note_release
from chalicelib.storage.cache.entries import KeptEntry
from tests.support.entries import entry, fields, sent
from tests.support.stage import Stage, limit
from tests.unit.api.test_jobs import ADA, ask

CACHE = "/api/v0/remote-cache"
EVE = {**ADA, "Authorization": "Bearer key-eve"}


def put(*numbers: int, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    answer = ask("POST", f"{CACHE}/many", [sent(number, **changes) for number in numbers], headers=headers)
    assert answer.status_code == 200, answer.json_body
    counts: dict[str, Any] = answer.json_body
    return counts


def loaded(items: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [json.loads(item["json_string"]) for item in items]


def kept(stage: Stage, scope: str | None = None) -> dict[str, KeptEntry]:
    found = stage.deps.cache.entries(scope or stage.account.account_id, now=stage.clock())
    return {item.key: item for item in found}


def followed(stage: Stage, answer: HTTPResponse) -> str:
    """Return what lies where an answer leads."""
    assert answer.status_code == 303
    name = answer.headers["Location"].partition("?")[0].partition("/passing/")[2]
    return stage.deps.files.read(f"passing/{name}").decode()


def test_one_entry_is_put_there_and_found_again(stage: Stage) -> None:
    made = ask("POST", CACHE, sent(1))
    assert made.json_body == {"status": "success", "created_entry_count": 1, "updated_entry_count": 0}
    assert ask("POST", CACHE, sent(1, output="other")).json_body["updated_entry_count"] == 1
    assert [item.entry.output for item in kept(stage).values()] == ["other"]


def test_many_with_some_twice_and_some_there_already(stage: Stage) -> None:
    put(0, 1)
    counts = put(0, 1, 2, 3, 2, 3)
    assert counts == {"status": "success", "created_entry_count": 2, "updated_entry_count": 2}
    assert put() == {"status": "success", "created_entry_count": 0, "updated_entry_count": 0}


@pytest.mark.parametrize("form", ["beside", "named", "line"])
def test_a_key_that_is_sent_along_must_be_right(stage: Stage, form: str) -> None:
    def under(key: str) -> dict[str, Any]:
        if form == "beside":
            return {**sent(1), "key": key}
        line = {"key": key, "entry": fields(1)} if form == "named" else {key: fields(1)}
        return {**sent(1), "json_string": json.dumps(line)}

    assert ask("POST", f"{CACHE}/many", [sent(0), under(entry(1).key)]).status_code == 200
    assert set(kept(stage)) == {entry(0).key, entry(1).key}
    refused = ask("POST", f"{CACHE}/many", [sent(2), under("0" * 32)])
    assert refused.status_code == 400
    for words in ("Entry 2 of 2", "0" * 32, entry(1).key):
        assert words in refused.json_body["detail"]
    assert len(kept(stage)) == 2


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({**sent(), "json_string": "{"}, "not JSON"),
        ({**sent(), "json_string": "[]"}, "JSON object"),
        (sent(parameters={"temperature": float("nan")}), "not JSON"),
        ({**sent(), "json_string": "9" * 5000}, "not JSON"),
        ({**sent(), "json_string": "[" * 100_000}, "nested"),
        ({**sent(), "json_string": json.dumps({"key": 5, "entry": fields()})}, "key"),
        ({**sent(), "json_string": 5}, "json_string"),
        ({"version": "0.1.33"}, "json_string"),
        (5, "object"),
        (None, "object"),
        (sent(model=None), "model"),
        (sent(output={"a": 1}), "output"),
        (sent(parameters=[]), "parameters"),
        (sent(iteration=-1), "iteration"),
        (sent(timestamp="now"), "timestamp"),
        (sent(service=5), "service"),
        ({**sent(), "key": 5}, "key"),
    ],
)
def test_a_broken_entry_is_named_and_nothing_is_written(stage: Stage, broken: Any, words: str) -> None:
    answer = ask("POST", f"{CACHE}/many", [sent(1), sent(2), broken])
    assert answer.status_code == 400
    assert "Entry 3 of 3" in answer.json_body["detail"]
    assert words in answer.json_body["detail"]
    assert len(answer.json_body["detail"]) < 500
    assert kept(stage) == {}


def test_an_entry_over_the_limit_is_refused_with_both_numbers(stage: Stage) -> None:
    limit(maximum_entry_bytes=2000)
    answer = ask("POST", f"{CACHE}/many", [sent(1), sent(2, output="x" * 3000)])
    assert answer.status_code == 413
    assert "Entry 2 of 2" in answer.json_body["detail"]
    assert "2,000" in answer.json_body["detail"]
    assert f"{len(json.dumps(entry(2, output='x' * 3000).document())):,}" in answer.json_body["detail"]
    assert kept(stage) == {}


def test_a_call_over_the_limit_says_to_send_fewer(stage: Stage) -> None:
    answer = ask("POST", f"{CACHE}/many", b" " * (6 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "fewer entries" in answer.json_body["detail"]


def test_letters_of_all_kinds_come_back_as_they_were(stage: Stage) -> None:
    odd: dict[str, Any] = {"user_prompt": "Grüße 🐦 \ud83d \x00", "output": "\u2028"}
    put(1, **odd)
    (told,) = loaded(ask("POST", f"{CACHE}/get-many", {"keys": []}).json_body)
    assert told == fields(1, **odd)


def test_old_clients_get_all_but_what_they_have_without_new_fields(stage: Stage) -> None:
    put(0, 1, 2, service="openai", validated=True)
    told = loaded(ask("POST", f"{CACHE}/get-many", {"keys": [entry(1).key, "no key"]}).json_body)
    assert sorted(told, key=lambda item: item["timestamp"]) == [fields(0), fields(2)]
    assert ask("POST", f"{CACHE}/get-many", {"keys": [entry(n).key for n in range(3)]}).json_body == []


def test_only_some_are_given_to_who_asks_for_these(stage: Stage) -> None:
    put(0, 1, 2)
    put(5, headers=EVE)
    asked = {"keys": [entry(1).key], "selected_keys": [entry(n).key for n in (0, 1, 5)]}
    assert loaded(ask("POST", f"{CACHE}/get-many", asked).json_body) == [fields(0)]


def test_the_calls_of_releases_that_call_them_legacy_do_the_same(stage: Stage) -> None:
    put(0, 1, service="openai", validated=True)
    put(5, headers=EVE)
    asked = {"exclude_keys": [entry(1).key], "selected_keys": []}
    assert loaded(ask("POST", f"{CACHE}/legacy/get-many", asked).json_body) == [fields(0)]
    difference = ask("POST", f"{CACHE}/legacy/get-diff", {"keys": [entry(0).key, entry(5).key]}).json_body
    assert difference["server_missing_cacheentry_keys"] == [entry(5).key]
    assert loaded(difference["client_missing_cacheentries"]) == [fields(1)]
    noted = {"description": "Download missing cache entries to client", "cache_entry_count": 1}
    assert ask("POST", "/api/v0/remote-cache-log/legacy", noted).json_body == {"status": "success"}
    cleared = ask("DELETE", "/api/v0/remote-cache-log/legacy/delete-all").json_body
    assert cleared == {"status": "success", "deleted_log_count": 1}
    deleted = ask("DELETE", f"{CACHE}/legacy/delete-all").json_body
    assert deleted == {"status": "success", "deleted_entry_count": 2}
    assert set(kept(stage)) == set()
    others = ask("GET", f"{CACHE}/get-by-key/{entry(5).key}", headers=EVE).json_body
    assert others["status"] == "found"


@pytest.mark.parametrize(
    ("release", "left_out"),
    [("0.1.46", {"service", "validated"}), ("0.1.54", {"validated"}), ("0.1.55", set()), (None, set())],
)
def test_who_asks_is_given_entries_with_the_fields_that_his_release_loads(
    stage: Stage, release: str | None, left_out: set[str]
) -> None:
    put(0, service="openai", validated=True)
    note_release(authenticate("key-ada"), release)
    (told,) = loaded(ask("POST", f"{CACHE}/get-many-by-key", {"selected_keys": [entry(0).key]}).json_body)
    whole = fields(0, service="openai", validated=True)
    assert told == {name: value for name, value in whole.items() if name not in left_out}


def test_a_difference_has_both_sides(stage: Stage) -> None:
    put(*range(250), service="openai")
    held = [entry(number).key for number in range(120, 300)]
    told = ask("POST", f"{CACHE}/get-diff", {"keys": [*held, "odd", "odd"]}).json_body
    assert set(told) == {"client_missing_cacheentries", "server_missing_cacheentry_keys"}
    assert told["server_missing_cacheentry_keys"] == [*(entry(n).key for n in range(250, 300)), "odd"]
    missing = loaded(told["client_missing_cacheentries"])
    assert sorted(item["timestamp"] for item in missing) == [1_700_000_000 + n for n in range(120)]
    assert all("service" not in item for item in missing)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("get-many", "keys"),
        ("get-diff", "keys"),
        ("get-many-by-key", "selected_keys"),
        ("legacy/get-many", "exclude_keys"),
        ("legacy/get-diff", "keys"),
    ],
)
@pytest.mark.parametrize("keys", [None, "abc", [1], [None], {}, [["a"]], list(range(5000))])
def test_keys_that_are_none_are_refused_in_few_words(stage: Stage, path: str, name: str, keys: Any) -> None:
    answer = ask("POST", f"{CACHE}/{path}", {name: keys})
    assert answer.status_code == 400
    assert name in answer.json_body["detail"]
    assert len(answer.json_body["detail"]) < 500


def stepped(path: str, body: Any) -> HTTPResponse:
    """Follow an answer's steps as ``requests`` does."""
    answer, address = ask("POST", f"{CACHE}/{path}", body), f"{CACHE}/{path}"
    for _ in range(30):
        if answer.status_code != 303 or answer.headers["Location"].startswith("https://"):
            return answer
        address = urljoin(address, answer.headers["Location"])
        answer = ask("GET", address)
    raise AssertionError("too many redirects")


@pytest.mark.parametrize(
    ("wait", "inline"), [(1_000_000, 1_000_000), (1_000_000, 100), (10, 1_000_000), (10, 100)]
)
def test_an_answer_that_takes_long_comes_in_steps(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, wait: int, inline: int
) -> None:
    put(*range(40))
    held = [entry(number).key for number in range(30, 50)]
    monkeypatch.setattr("chalicelib.services.cache.continued.ROUND", 4)
    monkeypatch.setattr("chalicelib.services.cache.continued.STEP_MILLISECONDS", wait)
    monkeypatch.setattr("chalicelib.services.cache.continued.QUOTED_ANSWER_BYTES", inline)
    answer = stepped("get-diff", {"keys": held})
    told = answer.json_body if answer.status_code == 200 else json.loads(followed(stage, answer))
    assert told["server_missing_cacheentry_keys"] == held[10:]
    items = loaded(told["client_missing_cacheentries"])
    assert sorted(item["timestamp"] for item in items) == [1_700_000_000 + n for n in range(30)]
    answer = stepped("get-many", {"keys": [entry(n).key for n in range(40)]})
    assert answer.json_body == []
    held = [f"{number:032x}" for number in range(50)]
    answer = stepped("get-diff", {"keys": [*held, *(entry(n).key for n in range(40))]})
    told = answer.json_body if answer.status_code == 200 else json.loads(followed(stage, answer))
    assert told == {"server_missing_cacheentry_keys": held, "client_missing_cacheentries": []}


def test_steps_are_their_accounts_own_and_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    put(*range(8))
    monkeypatch.setattr("chalicelib.services.cache.continued.ROUND", 1)
    monkeypatch.setattr("chalicelib.services.cache.continued.STEP_MILLISECONDS", 2)
    first = ask("POST", f"{CACHE}/get-many", {"keys": []})
    step = urljoin(f"{CACHE}/get-many", first.headers["Location"])
    assert step.startswith(f"{CACHE}/continued/")
    for path, headers in ((step, EVE), (f"{CACHE}/continued/{'0' * 32}?at=0,1", ADA), (step + ",7,9", ADA)):
        answer = ask("GET", path, headers=headers)
        assert answer.status_code == 404
        assert "Ask again" in answer.json_body["detail"]
    assert json.loads(followed(stage, stepped("get-many", {"keys": []})))
    for odd in ("", "?at=", "?at=1,2", "?at=0", "?at=0,-1", "?at=0,x"):
        assert ask("GET", step.partition("?")[0] + odd).status_code == 400
    monkeypatch.setattr("chalicelib.services.cache.continued.MOST_STEPS", 4)
    assert stepped("get-many", {"keys": []}).status_code == 413


def test_entries_that_go_while_an_answer_is_under_way_are_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*range(8))
    monkeypatch.setattr("chalicelib.services.cache.continued.ROUND", 1)
    monkeypatch.setattr("chalicelib.services.cache.continued.STEP_MILLISECONDS", -1)
    first = ask("POST", f"{CACHE}/get-many", {"keys": []})
    assert first.headers["Location"].endswith("?at=0,0")
    for key in sorted(kept(stage))[:5]:
        ask("DELETE", f"{CACHE}/entries/{key}")
    monkeypatch.setattr("chalicelib.services.cache.continued.STEP_MILLISECONDS", 4)
    answer = first
    address = f"{CACHE}/get-many"
    while not answer.headers["Location"].startswith("https://"):
        address = urljoin(address, answer.headers["Location"])
        answer = ask("GET", address)
    assert len(json.loads(followed(stage, answer))) == 3


def test_a_large_answer_leads_elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    put(*range(5))
    said = {"selected_keys": [entry(number).key for number in range(5)]}
    inline = ask("POST", f"{CACHE}/get-many-by-key", said).json_body
    monkeypatch.setattr("chalicelib.services.offload.QUOTED_ANSWER_BYTES", 100)
    answer = ask("POST", f"{CACHE}/get-many-by-key", said)
    assert f"/passing/account/{stage.account.account_id}/" in answer.headers["Location"]
    assert json.loads(followed(stage, answer)) == inline


@pytest.mark.parametrize("large", [False, True])
def test_an_answer_that_takes_too_long_is_refused_and_never_cut(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    put(*range(5))
    if large:
        monkeypatch.setattr("chalicelib.services.offload.QUOTED_ANSWER_BYTES", 100)
    monkeypatch.setattr("chalicelib.services.offload.ANSWER_MILLISECONDS", 3)
    said = {"selected_keys": [entry(number).key for number in range(5)]}
    answer = ask("POST", f"{CACHE}/get-many-by-key", said)
    assert answer.status_code == 413
    assert "export" in answer.json_body["detail"]
    assert "keys_from" in ask("GET", f"{CACHE}/export").json_body["detail"]


def test_entries_by_key(stage: Stage) -> None:
    put(0, 1, service="openai", validated=True)
    key = entry(1).key
    asked = {"selected_keys": [key, entry(9).key, key, "odd"]}
    told = loaded(ask("POST", f"{CACHE}/get-many-by-key", asked).json_body)
    assert told == [fields(1, service="openai", validated=True)]
    found = ask("GET", f"{CACHE}/get-by-key/{key}").json_body
    assert found["status"] == "found"
    assert json.loads(found["data"]["json_string"]) == told[0]
    assert ask("GET", f"{CACHE}/get-by-key/{entry(9).key}").json_body == {"status": "not_found"}
    odd = ask("GET", f"{CACHE}/get-by-key/odd")
    assert (odd.status_code, odd.json_body["status"]) == (200, "invalid")
    assert "32" in odd.json_body["detail"]


def test_all_are_deleted_and_other_accounts_keep_theirs(stage: Stage) -> None:
    put(*range(30))
    put(1, 2, headers=EVE)
    assert ask("DELETE", f"{CACHE}/delete-all").json_body == {"status": "success", "deleted_entry_count": 30}
    assert kept(stage) == {}
    assert set(kept(stage, stage.stranger.account_id)) == {entry(1).key, entry(2).key}


def test_nothing_of_one_account_is_seen_by_another(stage: Stage) -> None:
    put(1)
    key = entry(1).key
    assert ask("POST", f"{CACHE}/get-many", {"keys": []}, headers=EVE).json_body == []
    told = ask("POST", f"{CACHE}/get-diff", {"keys": [key]}, headers=EVE).json_body
    assert told == {"client_missing_cacheentries": [], "server_missing_cacheentry_keys": [key]}
    assert ask("POST", f"{CACHE}/get-many-by-key", {"selected_keys": [key]}, headers=EVE).json_body == []
    assert ask("GET", f"{CACHE}/get-by-key/{key}", headers=EVE).json_body == {"status": "not_found"}
    assert ask("GET", f"{CACHE}/list", headers=EVE).json_body["entries"] == []
    assert ask("GET", f"{CACHE}/statistics", headers=EVE).json_body["entries"] == 0
    for method in ("GET", "DELETE"):
        foreign = ask(method, f"{CACHE}/entries/{key}", headers=EVE)
        missing = ask(method, f"{CACHE}/entries/{entry(2).key}", headers=EVE)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json_body["detail"].replace(key, entry(2).key) == missing.json_body["detail"]
    assert followed(stage, ask("GET", f"{CACHE}/export", headers=EVE)).count("\n") == 1
    ask("DELETE", f"{CACHE}/delete-all", headers=EVE)
    assert set(kept(stage)) == {key}


def test_expired_entries_are_not_there(stage: Stage) -> None:
    limit(cache_days=2)
    put(1)
    stage.now += 2 * 86_400_000 + 2000
    assert ask("POST", f"{CACHE}/get-many", {"keys": []}).json_body == []
    assert ask("GET", f"{CACHE}/entries/{entry(1).key}").status_code == 404
    assert ask("GET", f"{CACHE}/statistics").json_body["entries"] == 0
    assert put(1)["created_entry_count"] == 1


def test_a_list_goes_through_all_page_by_page(stage: Stage) -> None:
    put(*range(25))
    after, seen = "", []
    for size in (10, 10, 5):
        told = ask("GET", f"{CACHE}/list?page_size=10&after={after}").json_body
        assert len(told["entries"]) == size
        seen += [item["key"] for item in told["entries"]]
        after = told["next"]
    assert seen == sorted(entry(n).key for n in range(25))
    assert after is None


def test_a_list_says_what_it_shortened(stage: Stage) -> None:
    put(1, user_prompt="p" * 501, service="openai")
    (told,) = ask("GET", f"{CACHE}/list").json_body["entries"]
    assert set(told) == {
        "key", "model", "service", "iteration", "system_prompt", "user_prompt", "output", "shortened", "size",
        "written_at", "job_uuid",
    }  # fmt: skip
    assert (len(told["user_prompt"]), told["shortened"], told["job_uuid"]) == (500, ["user_prompt"], None)
    assert told["written_at"].endswith("Z")
    whole = ask("GET", f"{CACHE}/entries/{told['key']}").json_body
    assert (len(whole["user_prompt"]), whole["service"], whole["size"]) == (501, "openai", told["size"])


@pytest.mark.parametrize("words", ["GPT-4", "OpenAI", "nurse", "question 2:", "answer 2", "grüße", "GRÜSSE"])
def test_a_search_looks_everywhere_in_capitals_or_not(stage: Stage, words: str) -> None:
    put(1, model="other", service="groq", system_prompt="", output="{}")
    put(2, service="openai", output=json.dumps("Grüße, Answer 2"))
    told = ask("GET", f"{CACHE}/list?search={words}").json_body
    assert [item["key"] for item in told["entries"]] == [entry(2).key]
    assert told["next"] is None
    assert ask("GET", f"{CACHE}/list?search=nowhere").json_body == {"entries": [], "next": None}


def test_a_search_ends_in_time_and_says_where_to_go_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.cache.browse.SEARCH_MILLISECONDS", 4)
    put(*range(20))
    after, found, rounds = "", [], 0
    while after is not None:
        told = ask("GET", f"{CACHE}/list?search=question 7&after={after}").json_body
        found += [item["key"] for item in told["entries"]]
        after, rounds = told["next"], rounds + 1
    assert found == [entry(7).key]
    assert rounds > 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("list?page_size=0", "page_size"),
        ("list?page_size=101", "page_size"),
        ("export?format=xml", "format"),
        ("export?keys_from=g", "keys_from"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(stage: Stage, asked: str, words: str) -> None:
    answer = ask("GET", f"{CACHE}/{asked}")
    assert answer.status_code == 400
    assert words in answer.json_body["detail"]


def test_one_entry_is_deleted(stage: Stage) -> None:
    put(1, 2)
    path = f"{CACHE}/entries/{entry(1).key}"
    assert ask("DELETE", path).json_body == {"status": "success", "key": entry(1).key}
    assert set(kept(stage)) == {entry(2).key}
    assert ask("DELETE", path).status_code == 404
    assert ask("DELETE", f"{CACHE}/entries/odd").status_code == 404


def share(stage: Stage, number: int, owner: str) -> None:
    stage.deps.cache.add(
        SHARED_SCOPE, entry(number, service="test"), maker="job/1/0", endpoint="test", owner=owner,
        at=stage.clock(), before=None, expires_at=None,
    )  # fmt: skip


@pytest.mark.parametrize("everything", [False, True])
def test_what_is_deleted_goes_from_the_house_too_if_it_was_theirs(stage: Stage, everything: bool) -> None:
    limit(cache_scope="shared")
    put(1, 2)
    share(stage, 1, stage.account.account_id)
    share(stage, 2, stage.stranger.account_id)
    if everything:
        assert ask("DELETE", f"{CACHE}/delete-all").json_body["deleted_entry_count"] == 2
    else:
        for number in (1, 2):
            assert ask("DELETE", f"{CACHE}/entries/{entry(number).key}").status_code == 200
        assert ask("DELETE", f"{CACHE}/entries/{entry(2).key}").status_code == 404
    assert kept(stage) == {}
    assert set(kept(stage, SHARED_SCOPE)) == {entry(2).key}


def test_the_house_is_listed_to_nobody(stage: Stage) -> None:
    limit(cache_scope="shared")
    share(stage, 1, stage.stranger.account_id)
    assert ask("GET", f"{CACHE}/list").json_body["entries"] == []
    assert ask("POST", f"{CACHE}/get-many", {"keys": []}).json_body == []
    key = entry(1).key
    told = ask("POST", f"{CACHE}/get-diff", {"keys": [key]}).json_body
    assert told == {"client_missing_cacheentries": [], "server_missing_cacheentry_keys": [key]}
    assert ask("GET", f"{CACHE}/entries/{key}").status_code == 404


def test_an_export_as_lines_is_what_each_release_loads(stage: Stage) -> None:
    put(1, 2, service="openai")
    header, *lines = map(json.loads, followed(stage, ask("GET", f"{CACHE}/export")).splitlines())
    assert header["__header__"] is True
    assert {line["key"]: line["entry"]["service"] for line in lines} == {
        entry(1).key: "openai", entry(2).key: "openai",
    }  # fmt: skip
    middle = followed(stage, ask("GET", f"{CACHE}/export?format=jsonl&version=0.1.62")).splitlines()
    assert {key: line for text in middle for key, line in json.loads(text).items()} == {
        entry(n).key: fields(n, service="openai", validated=False) for n in (1, 2)
    }
    oldest = followed(stage, ask("GET", f"{CACHE}/export?version=0.1.38")).splitlines()
    assert {key: line for text in oldest for key, line in json.loads(text).items()} == {
        entry(n).key: fields(n) for n in (1, 2)
    }


def test_an_export_as_lines_can_be_put_back(stage: Stage) -> None:
    put(1, 2, service="openai")
    for version in ("0.1.62", "1.0.9"):
        lines = followed(stage, ask("GET", f"{CACHE}/export?version={version}")).splitlines()
        back = [{"json_string": line} for line in lines if "__header__" not in line]
        told = ask("POST", f"{CACHE}/many", back, headers=EVE).json_body
        assert told["created_entry_count"] + told["updated_entry_count"] == 2
    assert [item.entry for item in kept(stage, stage.stranger.account_id).values()] == [
        item.entry for item in kept(stage).values()
    ]


@pytest.mark.moto
def test_an_export_as_a_table_runs_nothing_in_a_spreadsheet(stage: Stage) -> None:
    put(1, user_prompt='=HYPERLINK("http://x")', system_prompt="a,b\nc", output="+1", model="@m")
    answer = ask("GET", f"{CACHE}/export?format=csv")
    assert "attachment" in answer.headers["Location"]
    (row,) = csv.DictReader(io.StringIO(followed(stage, answer), newline=""))
    assert row["user_prompt"] == '\'=HYPERLINK("http://x")'
    assert (row["output"], row["model"], row["system_prompt"]) == ("'+1", "'@m", "a,b\nc")
    assert json.loads(row["parameters"]) == fields()["parameters"]
    assert (row["service"], row["job_uuid"]) == ("", "")


def test_an_export_in_parts_has_each_entry_once(stage: Stage) -> None:
    put(*range(40))
    parts = [
        [
            json.loads(line)
            for line in followed(stage, ask("GET", f"{CACHE}/export?keys_from={digit}")).splitlines()
        ]
        for digit in "0123456789abcdef"
    ]
    keys = [line["key"] for part in parts for line in part if "key" in line]
    assert keys == sorted(entry(n).key for n in range(40))
    assert all(
        line["key"][0] == digit
        for digit, part in zip("0123456789abcdef", parts, strict=True)
        for line in part[1:]
    )
    begins = keys[7][:2]
    some = followed(stage, ask("GET", f"{CACHE}/export?keys_from={begins}")).splitlines()[1:]
    assert [json.loads(line)["key"] for line in some] == [key for key in keys if key.startswith(begins)]
