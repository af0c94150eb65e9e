"""Objects on the local stack: signed addresses, many at once, and a thousand of them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.journey.client import WAIT_SECONDS, ByHand
from tests.journey.stack import LocalStack

pytestmark = pytest.mark.journey
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    accounts = ["ada@example.com=key-ada", "eve@example.com=key-eve", "bob@example.com=key-bob"]
    with LocalStack(accounts=accounts, workers=1) as started:
        yield started


@pytest.fixture
def ada(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-ada")


@pytest.fixture
def eve(stack: LocalStack) -> ByHand:
    return ByHand(stack.url, "key-eve")


def agent(name: str) -> dict[str, Any]:
    return {"name": name, "traits": {"age": 22}, "edsl_version": "1.0.9", "edsl_class_name": "Agent"}


def announced(by: ByHand, **said: Any) -> dict[str, Any]:
    body = {"object_type": "agent", "visibility": "private", "version": "1.0.9", **said}
    answer = by.ask("POST", "/api/v0/object/push", body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def put(address: str, value: Any, headers: dict[str, str] | None = None) -> int:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    sent = requests.put(address, data=data, headers=headers or JSON, timeout=WAIT_SECONDS)
    return sent.status_code


def pushed(by: ByHand, value: Any, **said: Any) -> str:
    made = announced(by, **said)
    assert put(made["signed_url"], value) == 200
    confirmed = by.ask("POST", "/api/v0/object/confirm-upload", {"object_uuid": made["object_uuid"]})
    assert confirmed.status_code == 200, confirmed.text
    return str(made["object_uuid"])


def pulled(by: ByHand, content_id: str) -> Any:
    answer = by.ask("POST", "/api/v0/object/pull", {"object_uuid": content_id})
    assert answer.status_code == 200, answer.text
    return requests.get(answer.json()["signed_url"], timeout=WAIT_SECONDS).json()


def replaced(by: ByHand, content_id: str, value: Any) -> int:
    address = by.ask("POST", "/api/v0/object/upload-url", {"object_uuid": content_id}).json()["signed_url"]
    assert put(address, value) == 200
    return by.ask("POST", "/api/v0/object/confirm-upload", {"object_uuid": content_id}).status_code


def test_a_signed_address_takes_one_object_of_json_and_shows_nothing(ada: ByHand, eve: ByHand) -> None:
    made = announced(ada)
    address = made["signed_url"]
    assert put(address, b"<html>", {"Content-Type": "text/html"}) == 403
    elsewhere = address.replace(made["object_uuid"], announced(eve)["object_uuid"])
    assert put(elsewhere, agent("Eve")) == 403
    assert put(address, agent("Ada")) == 200
    assert requests.get(address, headers=JSON, timeout=WAIT_SECONDS).status_code == 403
    ada.ask("POST", "/api/v0/object/confirm-upload", {"object_uuid": made["object_uuid"]})
    reading = ada.ask("POST", "/api/v0/object/pull", {"object_uuid": made["object_uuid"]}).json()[
        "signed_url"
    ]
    assert put(reading, agent("Eve")) == 403
    assert requests.get(reading, timeout=WAIT_SECONDS).json() == agent("Ada")


def test_changes_of_one_object_at_once_leave_one_whole_value(ada: ByHand) -> None:
    """Uploads, inline values, words and visibility by many clients: none is lost half, none answers 500."""
    content_id = pushed(ada, agent("first"), alias="contended")
    path = f"/api/v0/object?uuid={content_id}"

    def change(number: int) -> int:
        if number % 3 == 0:
            return replaced(ada, content_id, agent(f"uploaded {number}"))
        if number % 3 == 1:
            body = {"json_string": json.dumps(agent(f"inline {number}")), "description": f"inline {number}"}
            return ada.ask("PATCH", path, body).status_code
        words = {"description": f"words {number}", "visibility": ["private", "public"][number % 2]}
        return ada.ask("PATCH", path, {**words, "alias": f"contended-{number % 5}"}).status_code

    with ThreadPoolExecutor(12) as pool:
        looks = [pool.submit(pulled, ada, content_id) for _ in range(20)]
        answers = list(pool.map(change, range(36)))
        seen = [look.result() for look in looks]
    assert set(answers) <= {200, 409}
    assert answers.count(200) > 12
    assert all(one["traits"] == {"age": 22} for one in [*seen, pulled(ada, content_id)])
    assert replaced(ada, content_id, agent("last")) == 200
    assert pulled(ada, content_id) == agent("last")
    told = ada.ask("GET", f"/api/v0/object/metadata?uuid={content_id}").json()
    (listed,) = [
        one for one in ada.ask("GET", "/api/v0/object/list").json()["objects"] if one["uuid"] == content_id
    ]
    assert {name: listed[name] for name in listed} == {name: told[name] for name in listed}
    owner = told["owner_username"]
    named = [f"contended-{number}" for number in range(5)] + ["contended"]
    answers = [
        ada.ask("GET", f"/api/v0/object/alias/info?owner_username={owner}&alias={alias}").status_code
        for alias in named
    ]
    assert answers.count(200) == 1
    assert answers[named.index(told["alias"])] == 200
    public = ByHand(ada.url, "key-eve").ask("GET", "/api/v0/object/list?community=True").json()["objects"]
    assert (content_id in [one["uuid"] for one in public]) == (told["visibility"] == "public")


def test_of_many_who_want_an_alias_one_has_it(ada: ByHand) -> None:
    def push(number: int) -> str:
        made = ada.ask(
            "POST",
            "/api/v0/object",
            {
                "object_type": "agent",
                "json_string": json.dumps(agent(str(number))),
                "alias": ["Wanted", "wanted"][number % 2],
                "version": "1.0.9",
            },
        )
        return made.text

    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(push, range(24)))
    made = [one for one in said if "uuid" in one]
    assert len(made) == 1
    assert all("already have an object with the alias" in one for one in said if one not in made)
    found = ada.ask("GET", "/api/v0/object/list?search_query=wanted").json()
    assert found["total_count"] == 1


def test_a_thousand_objects_are_listed_searched_and_paged(stack: LocalStack) -> None:
    bob = ByHand(stack.url, "key-bob")

    def make(number: int) -> int:
        body = {
            "object_type": "agent",
            "json_string": json.dumps(agent(str(number))),
            "description": f"Agent number {number:04d}",
            "version": "1.0.9",
        }
        return bob.ask("POST", "/api/v0/object", body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(make, range(1000))) == {200}
    seen: list[str] = []
    for page in range(1, 11):
        told = bob.ask("GET", f"/api/v0/object/list?page={page}&page_size=100").json()
        assert (told["total_count"], told["total_pages"]) == (1000, 10)
        seen += [one["uuid"] for one in told["objects"]]
    assert len(set(seen)) == 1000
    found = bob.ask("GET", "/api/v0/object/list?search_query=NUMBER 0999").json()
    assert [one["description"] for one in found["objects"]] == ["Agent number 0999"]
    every = bob.ask("GET", "/api/v0/objects?type=agent").json()
    assert len({json.loads(one["json_string"])["name"] for one in every}) == 1000
