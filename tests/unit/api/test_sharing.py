"""Objects that are shared: who reads them, who is told what, and what strangers get."""

from typing import Any
from uuid import uuid4

import pytest

from chalicelib.domain.content import readers
from chalicelib.services.accounts import accounts, administration
from chalicelib.services.leaving.accounts import delete_account
from tests.support.jobs import job
from tests.support.people import ADA, EVE, Person, agent, put
from tests.support.stage import Stage
from tests.support.walk import ran

pytestmark = pytest.mark.usefixtures("stage")
EVES, ADAS = "eve@example.com", "ada@example.com"
LATER = Person("key-of-somebody-who-comes-later")
ROUTES = (
    ("GET", "/object?uuid={}", None),
    ("GET", "/object/metadata?uuid={}", None),
    ("POST", "/object/pull", "object_uuid"),
    ("POST", "/object/check-format", "object_uuid"),
)
"""By which objects are read."""


def share(content_id: str, who: str, person: Person = ADA) -> Any:
    return person.ask("POST", "/object/share", {"uuid": content_id, "username_or_email": who})


def unshare(content_id: str, who: str, person: Person = ADA) -> Any:
    return person.ask("POST", "/object/unshare", {"uuid": content_id, "username_or_email": who})


def reads(person: Person, content_id: str) -> set[int]:
    """Return what the routes answer by which an object is read."""
    return {
        person.ask(method, path.format(content_id), {field: content_id} if field else None).status_code
        for method, path, field in ROUTES
    }


def test_somebody_with_an_account_reads_it_and_changes_nothing(stage: Stage) -> None:
    content_id = ADA.push(alias="mine", description="Pears")
    assert reads(EVE, content_id) == {404}

    answer = share(content_id, "Eve@Example.com")

    assert answer.status_code == 200, answer.json_body
    eves_name = administration.find(EVES).username
    assert answer.json_body == {
        "message": f"Successfully shared with {eves_name}.",
        "username": eves_name,
        "email": EVES,
    }
    assert reads(EVE, content_id) == {200}
    assert EVE.pull(content_id) == EVE.get(content_id) == agent()
    alias = f"owner_username={stage.account.username}&alias=mine"
    assert EVE.told("GET", f"/object/alias/info?{alias}")["uuid"] == content_id
    for method, path, body in (
        ("PATCH", f"/object?uuid={content_id}", {"description": "Eve's"}),
        ("DELETE", f"/object?uuid={content_id}", None),
        ("POST", "/object/upload-url", {"object_uuid": content_id}),
        ("GET", f"/object/share?uuid={content_id}", None),
        ("POST", "/object/share", {"uuid": content_id, "username_or_email": "mallory@example.com"}),
        ("POST", "/object/unshare", {"uuid": content_id, "username_or_email": EVES}),
    ):
        assert EVE.ask(method, path, body).status_code == 404, (method, path)
    assert ADA.told("GET", f"/object/share?uuid={content_id}") == {
        "shared_with": [{"username": eves_name, "email": EVES}],
        "unregistered_shared_with": [],
    }


def test_a_username_tells_nobody_an_address() -> None:
    content_id = ADA.push()
    name = administration.find(EVES).username

    assert share(content_id, name).json_body["email"] is None
    assert reads(EVE, content_id) == {200}
    told = ADA.told("GET", f"/object/share?uuid={content_id}")
    assert told["shared_with"] == [{"username": name, "email": None}]
    assert unshare(content_id, name).status_code == 200
    assert reads(EVE, content_id) == {404}


def test_somebody_who_has_no_account_yet_reads_it_once_there_is_one() -> None:
    content_id = ADA.push()
    answer = share(content_id, "Later@Example.com")
    assert answer.json_body["username"] is None
    told = ADA.told("GET", f"/object/share?uuid={content_id}")
    assert told == {"shared_with": [], "unregistered_shared_with": [{"email": "later@example.com"}]}

    accounts.open_account("later@example.com", LATER.key, credits=0)

    assert reads(LATER, content_id) == {200}
    assert [one["uuid"] for one in LATER.listed("shared_with_me=True")] == [content_id]
    told = ADA.told("GET", f"/object/share?uuid={content_id}")
    assert [one["email"] for one in told["shared_with"]] == ["later@example.com"]


def test_shared_no_more_it_is_as_if_it_were_not_there() -> None:
    content_id, never = ADA.push(), str(uuid4())
    share(content_id, EVES)
    assert unshare(content_id, EVES).json_body == {"message": f"Removed access for {EVES}."}

    assert reads(EVE, content_id) == {404}
    answers = [EVE.ask("GET", f"/object?uuid={one}").json_body["detail"] for one in (content_id, never)]
    assert answers[0].replace(content_id, never) == answers[1]
    assert EVE.listed("shared_with_me=True") == []
    assert unshare(content_id, EVES).status_code == 404


def test_shared_twice_it_is_shared_once() -> None:
    content_id = ADA.push()
    for _ in range(2):
        assert share(content_id, EVES).status_code == 200
    assert len(ADA.told("GET", f"/object/share?uuid={content_id}")["shared_with"]) == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (ADAS, 400),
        ("ADA@example.com", 400),
        ("nobody-at-all", 404),
        ("", 400),
        ("not an address", 400),
        ("a@b\n", 400),
        ("<script>alert(1)</script>", 400),
        ("x" * 1_000 + "@example.com", 400),
        ("../" * 20, 400),
    ],
)
def test_whom_it_cannot_be_shared_with(who: str, status: int) -> None:
    content_id = ADA.push()
    answer = share(content_id, who)
    assert (answer.status_code, bool(answer.json_body["detail"])) == (status, True)
    told = ADA.told("GET", f"/object/share?uuid={content_id}")
    assert told == {"shared_with": [], "unregistered_shared_with": []}


def test_somebody_elses_object_and_none_are_shared_alike() -> None:
    content_id, never = ADA.push(visibility="public"), str(uuid4())
    answers = [share(one, "mallory@example.com", EVE) for one in (content_id, never)]
    assert {answer.status_code for answer in answers} == {404}
    details = [answer.json_body["detail"] for answer in answers]
    assert details[0].replace(content_id, never) == details[1]


def test_an_object_has_so_many_readers_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.content.sharing.MOST_READERS", 2)
    assert readers.MOST_READERS > 100
    content_id = ADA.push()
    for number in range(2):
        share(content_id, f"reader-{number}@example.com")
    answer = share(content_id, "one-more@example.com")
    assert (answer.status_code, "unlisted" in answer.json_body["detail"]) == (409, True)
    unshare(content_id, "reader-0@example.com")
    assert share(content_id, "one-more@example.com").status_code == 200


def test_what_is_shared_with_one_is_searched_sorted_and_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [ADA.push(description=f"Pears {number}", visibility="unlisted") for number in range(3)]
    other = ADA.push(description="Plums")
    for content_id in (*made, other):
        share(content_id, EVES)

    def found(query: str) -> list[str]:
        return [one["uuid"] for one in EVE.listed(f"shared_with_me=True&{query}")]

    assert found("") == [other, *reversed(made)]
    assert found("sort_ascending=True&search_query=PEARS") == made
    assert found("visibility=private") == [other]
    assert found("type=survey") == []
    assert found("page=2&page_size=3") == [made[0]]
    ADA.told("PATCH", f"/object?uuid={made[0]}", {"description": "Plums, too"})
    assert found("search_query=plums") == [other, made[0]]
    told = EVE.told("GET", "/object/list?shared_with_me=True&page_size=2")
    assert (told["total_count"], told["total_pages"]) == (4, 2)
    monkeypatch.setattr("chalicelib.services.content.lists.LOOKED_THROUGH", 3)
    assert EVE.ask("GET", "/object/list?shared_with_me=True").status_code == 400


def test_results_of_a_job_are_shared_like_all_others(stage: Stage) -> None:
    results_id = ran(stage, job()).results_id
    assert results_id is not None
    share(results_id, EVES)
    assert reads(EVE, results_id) == {200}
    assert EVE.ask("GET", f"/remote-inference?results_uuid={results_id}").status_code == 404
    ADA.told("DELETE", f"/object?uuid={results_id}")
    assert reads(EVE, results_id) == {404}
    assert EVE.listed("shared_with_me=True") == []


def test_who_may_read_it_sees_no_upload_that_is_not_confirmed() -> None:
    content_id = ADA.announce()["object_uuid"]
    share(content_id, EVES)
    assert reads(EVE, content_id) == {404}
    assert EVE.listed("shared_with_me=True") == []
    put(content_id, agent())
    ADA.told("POST", "/object/confirm-upload", {"object_uuid": content_id})
    assert reads(EVE, content_id) == {200}


def test_a_deleted_object_leaves_no_word_of_its_readers(stage: Stage) -> None:
    content_id = ADA.push()
    share(content_id, EVES)
    ADA.told("DELETE", f"/object?uuid={content_id}")
    assert stage.deps.readers.of(content_id) == []
    assert list(stage.deps.readers.given_to(EVES)) == []


def test_who_leaves_reads_nothing_any_more_and_lets_nobody_read(stage: Stage) -> None:
    adas, eves = ADA.push(), EVE.push()
    share(adas, EVES)
    share(eves, ADAS, EVE)

    delete_account(administration.find(EVES), pause=lambda _: None)

    assert ADA.told("GET", f"/object/share?uuid={adas}")["shared_with"] == []
    assert stage.deps.readers.of(adas) == stage.deps.readers.of(eves) == []
    assert ADA.listed("shared_with_me=True") == []
    accounts.open_account(EVES, LATER.key, credits=0)
    assert reads(LATER, adas) == {404}
