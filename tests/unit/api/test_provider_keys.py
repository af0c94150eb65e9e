"""Providers' keys at the door: what may be given, what is told, and that no answer ever has the key in it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib.domain.providers.account_keys import MOST_KEYS
from tests.unit.api.test_jobs import ask

SECRET = "sk-proj-0123456789abcdef"
PATH = "/api/v0/provider-keys"
EVE = {"Authorization": "Bearer key-eve", "Content-Type": "application/json"}
pytestmark = pytest.mark.usefixtures("stage")


def give(**changes: Any) -> Any:
    return ask("POST", PATH, {"service": "OPENAI_API_KEY", "key": SECRET, "label": "Team", **changes})


def made(**changes: Any) -> str:
    return str(give(**changes).json_body["id"])


def test_a_key_is_given_listed_changed_and_deleted() -> None:
    answer = give()
    assert answer.status_code == 200
    told = answer.json_body
    assert told.items() >= {
        "service": "openai", "name": "OPENAI_API_KEY", "label": "Team", "on": True, "priority": 100,
        "shared_with": [],
    }.items()  # fmt: skip
    listed = ask("GET", PATH).json_body
    assert (listed["keys"], listed["shared_keys"]) == ([told], [])
    assert "anthropic" in listed["services"]
    assert "azure" not in listed["services"]
    changed = ask("PATCH", f"{PATH}/{told['id']}", {"on": False, "priority": 2, "label": None})
    assert changed.json_body == {**told, "on": False, "priority": 2}
    assert ask("DELETE", f"{PATH}/{told['id']}").json_body == {"deleted": told["id"]}
    assert ask("GET", PATH).json_body["keys"] == []
    assert ask("DELETE", f"{PATH}/{told['id']}").status_code == 404
    for said in (answer, changed):
        assert SECRET not in json.dumps(said.json_body)


def test_without_a_label_it_is_called_as_it_was_given() -> None:
    assert give(label="").json_body["label"] == "OPENAI_API_KEY"


def test_it_is_shared_and_unshared_by_address() -> None:
    key_id = made()
    shared = ask("POST", f"{PATH}/{key_id}/share", {"email": "eve@example.com"})
    assert shared.json_body["shared_with"] == ["eve@example.com"]
    (seen,) = ask("GET", PATH, headers=EVE).json_body["shared_keys"]
    assert seen == {
        "id": key_id, "service": "openai", "name": "OPENAI_API_KEY", "label": "Team", "on": False,
        "priority": 100, "shared_by": "ada@example.com", "usable": True,
    }  # fmt: skip
    assert ask("PATCH", f"{PATH}/{key_id}", {"on": True}, headers=EVE).json_body == {**seen, "on": True}
    assert ask("PATCH", f"{PATH}/{key_id}", {"label": "Mine"}, headers=EVE).status_code == 409
    unshared = ask("POST", f"{PATH}/{key_id}/unshare", {"email": "eve@example.com"})
    assert unshared.json_body["shared_with"] == []
    assert ask("GET", PATH, headers=EVE).json_body["shared_keys"] == []
    assert ask("POST", f"{PATH}/{key_id}/unshare", {"email": "eve@example.com"}).status_code == 404


def test_another_account_finds_nothing_under_its_id() -> None:
    key_id = made()
    body = {"email": "ada@example.com"}
    for method, path, sent in (
        ("PATCH", "", {"on": False}),
        ("DELETE", "", None),
        ("POST", "/share", body),
        ("POST", "/unshare", body),
    ):
        foreign = ask(method, f"{PATH}/{key_id}{path}", sent, headers=EVE)
        unknown = ask(method, f"{PATH}/{'0' * 32}{path}", sent, headers=EVE)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json_body == unknown.json_body
    assert ask("GET", PATH).json_body["keys"][0]["on"] is True


@pytest.mark.parametrize(
    "changes",
    [
        *({"key": key} for key in ("", "short", 7, None, [SECRET], {"a": SECRET}, "x" * 5000)),
        *({"key": f"{SECRET}{end}"} for end in ("\r\nX-Evil: 1", "\n", "\x00", " ", "\u2028", "é")),
        *(
            {"key": key}
            for key in (f"OPENAI_API_KEY={SECRET}", f"https://x:{SECRET}@evil.example", f"Bearer {SECRET}")
        ),
        *(
            {"service": name}
            for name in ("", "azure", "ollama", "openai_compatible", "test", 7, None, "x" * 101)
        ),
        *({"label": label} for label in ("x" * 101, "a\nb", SECRET, f"is {SECRET}", 7, "\x1b[31m")),
        *({"url": "https://evil.example"}, {"on": False}),
    ],
)
def test_what_cannot_be_is_refused_in_words_without_the_key(changes: dict[str, Any]) -> None:
    answer = give(**changes)
    assert answer.status_code == 400
    assert set(answer.json_body) == {"detail"}
    assert SECRET not in answer.json_body["detail"]
    assert ask("GET", PATH).json_body["keys"] == []


@pytest.mark.parametrize(
    "changes",
    [
        *({"on": 1}, {"on": "yes"}, {"on": []}),
        *({"priority": value} for value in (0, 1001, "1", 1.5, True, 10**30)),
        *({"label": value} for value in ("", "x" * 101, 7)),
        *({"key": SECRET}, {"service": "groq"}, {"shared_with": []}),
    ],
)
def test_what_cannot_be_changed_is_refused_and_nothing_is(changes: dict[str, Any]) -> None:
    key_id = made()
    before = ask("GET", PATH).json_body
    assert ask("PATCH", f"{PATH}/{key_id}", {"on": False, **changes}).status_code == 400
    assert ask("GET", PATH).json_body == before


@pytest.mark.parametrize(
    "body", [{}, {"email": ""}, {"email": 7}, {"email": "x" * 300}, {"email": "a@b.c", "on": 1}]
)
def test_a_share_names_one_address(body: dict[str, Any]) -> None:
    assert ask("POST", f"{PATH}/{made()}/share", body).status_code == 400


def test_whether_an_address_has_an_account_is_told_as_for_oneself() -> None:
    key_id = made()
    said = [
        ask("POST", f"{PATH}/{key_id}/share", {"email": email})
        for email in ("nobody@example.com", "ada@example.com")
    ]
    assert {answer.status_code for answer in said} == {404}
    assert said[0].json_body == said[1].json_body


def test_a_thousand_at_once_leave_as_many_as_there_may_be() -> None:
    body = json.dumps({"service": "openai", "key": SECRET, "label": "Team"}).encode()
    headers = {"Authorization": "Bearer key-ada", "Content-Type": "application/json"}

    def post(_: int) -> int:
        with Client(app) as client:
            return int(client.http.post(PATH, headers=headers, body=body).status_code)

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(post, range(1000)))
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) == MOST_KEYS
    assert len(ask("GET", PATH).json_body["keys"]) == MOST_KEYS
