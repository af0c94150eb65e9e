"""Objects over the routes: what each client release sends and reads, and what strangers get."""

import json
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.domain.content.content import Visibility
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.services.accounts import accounts
from tests.support.jobs import job
from tests.support.people import ADA, EVE, agent, place, put
from tests.support.stage import Stage, limit
from tests.support.walk import ran

SURVEY: dict[str, Any] = {
    "questions": [],
    "memory_plan": {},
    "rule_collection": {},
    "question_groups": {},
}
pytestmark = pytest.mark.usefixtures("stage")
NEVER = "00000000-0000-4000-8000-000000000000"


class TestPush:
    def test_announced_put_confirmed_pulled(self, stage: Stage) -> None:
        made = ADA.announce(description="An agent", alias="my-agent", visibility="unlisted")
        assert made["signed_url"]
        told = [made[name] for name in ("description", "alias", "visibility", "owner_username")]
        assert told == ["An agent", "my-agent", "unlisted", stage.account.username]
        put(made["object_uuid"], agent("Ada"))
        told = ADA.told("POST", "/object/confirm-upload", {"object_uuid": made["object_uuid"]})
        assert told["processing_started"] is False
        pulled = ADA.told("POST", "/object/pull", {"object_uuid": made["object_uuid"]})
        assert pulled["object_type"] == "agent"
        assert ADA.pull(made["object_uuid"]) == ADA.get(made["object_uuid"]) == agent("Ada")

    def test_the_signed_address_is_for_one_name_and_one_kind_of_content(self, stage: Stage) -> None:
        made = ADA.announce()
        keys = ContentKeys(stage.account.account_id, made["object_uuid"])
        assert place(made["signed_url"]) == keys.upload

    def test_before_its_upload_it_is_in_no_list_and_pulls_say_why(self) -> None:
        made = ADA.announce(visibility="public")["object_uuid"]
        assert ADA.listed() == EVE.listed("community=True") == []
        answer = ADA.ask("POST", "/object/pull", {"object_uuid": made})
        assert (answer.status_code, "was not uploaded" in answer.json_body["detail"]) == (404, True)
        assert ADA.told("GET", f"/object/metadata?uuid={made}")["uuid"] == made
        for path in ("/object?uuid={}", "/object/metadata?uuid={}"):
            strangers = [EVE.ask("GET", path.format(one)) for one in (made, NEVER)]
            assert {each.status_code for each in strangers} == {404}
            assert len({each.json_body["detail"].replace(made, NEVER) for each in strangers}) == 1

    def test_what_was_not_uploaded_cannot_be_confirmed(self) -> None:
        made = ADA.announce()["object_uuid"]
        answer = ADA.ask("POST", "/object/confirm-upload", {"object_uuid": made})
        assert (answer.status_code, "Nothing was uploaded" in answer.json_body["detail"]) == (400, True)

    def test_confirmed_twice_it_is_there_once(self, stage: Stage) -> None:
        made = ADA.push()
        assert ADA.ask("POST", "/object/confirm-upload", {"object_uuid": made}).status_code == 200
        content = stage.deps.contents.get(made)
        assert content is not None
        keys = ContentKeys.of(content)
        assert len(list(stage.deps.files.under(keys.versions))) == 1

    @pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"traits": NaN}', b"\xff\xfe", b"3"])
    def test_what_is_no_object_is_refused_and_never_seen(self, value: bytes) -> None:
        made = ADA.announce(visibility="public")["object_uuid"]
        put(made, value)
        for _ in range(2):
            answer = ADA.ask("POST", "/object/confirm-upload", {"object_uuid": made})
            assert answer.status_code == 400
            assert answer.json_body["detail"]
        assert ADA.told("GET", f"/object/metadata?uuid={made}")["refused"] == answer.json_body["detail"]
        assert ADA.ask("POST", "/object/pull", {"object_uuid": made}).status_code == 404
        assert ADA.listed() == []
        put(made, agent())
        ADA.told("POST", "/object/confirm-upload", {"object_uuid": made})
        assert ADA.pull(made) == agent()
        assert ADA.told("GET", f"/object/metadata?uuid={made}")["refused"] is None

    def test_one_over_the_stages_limit_is_refused_with_both_numbers(self) -> None:
        limit(largest_content_bytes=50)
        made = ADA.announce()["object_uuid"]
        put(made, agent("x" * 100))
        answer = ADA.ask("POST", "/object/confirm-upload", {"object_uuid": made})
        assert answer.status_code == 413
        assert "50 at the most" in answer.json_body["detail"]


class TestAnotherValue:
    def test_it_is_read_once_it_is_confirmed(self) -> None:
        made = ADA.push(agent("old"))
        assert ADA.told("POST", "/object/check-format", {"object_uuid": made})["is_new_format"] is True
        ADA.told("POST", "/object/upload-url", {"object_uuid": made})
        put(made, agent("new"))
        assert ADA.pull(made) == agent("old")
        ADA.told("POST", "/object/confirm-upload", {"object_uuid": made})
        assert ADA.pull(made) == ADA.get(made) == agent("new")

    def test_a_broken_one_leaves_the_one_before(self) -> None:
        made = ADA.push(agent("old"))
        assert ADA.replace(made, b'{"traits"').status_code == 400
        assert ADA.pull(made) == ADA.get(made) == agent("old")
        told = ADA.told("GET", f"/object/metadata?uuid={made}")
        assert told["refused"]
        assert told["checking"] is False

    def test_an_address_that_is_used_again_changes_nothing(self) -> None:
        made = ADA.push(agent("good"))
        put(made, b"evil")
        assert ADA.pull(made) == ADA.get(made) == agent("good")

    def test_it_may_come_within_the_request(self) -> None:
        made = ADA.push(agent("old"))
        ADA.told("PATCH", f"/object?uuid={made}", {"json_string": json.dumps(agent("new"))})
        assert ADA.pull(made) == agent("new")
        answer = ADA.ask("PATCH", f"/object?uuid={made}", {"json_string": "[", "description": "x"})
        assert answer.status_code == 400
        assert ADA.pull(made) == agent("new")
        assert ADA.listed()[0]["description"] is None

    def test_the_hash_was_that_of_the_first(self) -> None:
        made = ADA.push(agent("old"), object_hash="-77")
        assert ADA.told("GET", "/object/hash/-77") == {"uuid": made}
        for none in ("-77", "x" * 5000, "%23", "-"):
            assert EVE.ask("GET", f"/object/hash/{none}").status_code == 404
        assert ADA.ask("GET", "/object/hash/-7").status_code == 404
        ADA.replace(made, agent("new"))
        assert ADA.ask("GET", "/object/hash/-77").status_code == 404

    def test_old_versions_stay_a_day_for_whoever_reads_them(self, stage: Stage) -> None:
        made = ADA.push(agent("1"))
        address = ADA.told("POST", "/object/pull", {"object_uuid": made})["signed_url"]
        for number in "23":
            stage.now += 12 * 3_600_000
            ADA.replace(made, agent(number))
        assert json.loads(stage.deps.files.read(place(address))) == agent("1")
        for number in "45":
            stage.now += 25 * 3_600_000
            ADA.replace(made, agent(number))
        content = stage.deps.contents.get(made)
        assert content is not None
        assert len(list(stage.deps.files.under(ContentKeys.of(content).versions))) == 2
        assert ADA.pull(made) == agent("5")


class TestInline:
    """``POST object``, as 0.1.33 and 0.1.38 push and as 0.1.62 and 1.0.9 create."""

    def created(self, value: Any = None, **said: Any) -> dict[str, Any]:
        body = {
            "description": "mine",
            "json_string": json.dumps(agent() if value is None else value),
            "object_type": "agent",
            "visibility": "unlisted",
            "version": "0.1.33",
        }
        answer: dict[str, Any] = ADA.told("POST", "/object", body | said)
        return answer

    def test_made_read_changed_deleted(self) -> None:
        made = self.created()
        assert {"uuid", "description", "visibility", "owner_username", "alias"} <= set(made)
        assert ADA.get(made["uuid"]) == ADA.pull(made["uuid"]) == agent()
        assert EVE.get(made["uuid"]) == agent()
        assert ADA.told("PATCH", f"/object?uuid={made['uuid']}", {"visibility": "private"}) == {
            "status": "success"
        }
        assert EVE.ask("GET", f"/object?uuid={made['uuid']}").status_code == 404
        assert ADA.told("DELETE", f"/object?uuid={made['uuid']}") == {"status": "success"}
        assert ADA.ask("GET", f"/object?uuid={made['uuid']}").status_code == 404
        assert ADA.listed() == []

    def test_all_of_a_type(self) -> None:
        names = ["a", "b", "ü\n\"'"]
        for name in names:
            self.created(agent(name))
        self.created(SURVEY, object_type="survey")
        EVE.push()
        found = ADA.told("GET", "/objects?type=agent")
        assert [json.loads(one["json_string"])["name"] for one in found] == names[::-1]
        assert {"uuid", "version", "description", "visibility"} <= set(found[0])
        assert len(ADA.told("GET", "/objects")) == 4

    def test_many_of_them_lie_elsewhere(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.services.offload.QUOTED_ANSWER_BYTES", 100)
        self.created()
        answer = ADA.ask("GET", "/objects?type=agent")
        assert answer.status_code == 303
        (found,) = json.loads(stage.deps.files.read(place(answer.headers["Location"])))
        assert json.loads(found["json_string"]) == agent()

    def test_what_would_take_too_long_to_wrap_is_linked_to(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chalicelib.services.content.read.LARGEST_AT_ONCE", 10)
        made = ADA.push(version="0.1.62")
        told = ADA.told("GET", f"/object?uuid={made}")
        link = told["json_string"]
        assert (told["object_type"], link[:10]) == ("agent", "load_from:")
        assert json.loads(stage.deps.files.read(place(link.removeprefix("load_from:")))) == agent()
        ADA.push(version="0.1.33")  # which came last with this key, and reads no links
        answer = ADA.ask("GET", f"/object?uuid={made}")
        assert (answer.status_code, "newer edsl" in answer.json_body["detail"]) == (413, True)

    @pytest.mark.parametrize("community", [False, True])
    def test_a_scenario_is_taken_when_somebody_looks(self, community: bool) -> None:
        said = {"object_type": "scenario", "json_string": "", "visibility": "public"}
        metadata = {"suffix": "png", "mime_type": "image/png"}
        made = self.created(**said, file_store_metadata=metadata)
        assert made["upload_signed_url"]
        assert made["file_store_upload_signed_url"]
        put(made["uuid"], {"x": 1}, silent=True)
        if community:
            assert EVE.get(made["uuid"]) == {"x": 1}
        assert [one["uuid"] for one in ADA.listed()] == [made["uuid"]]
        assert ADA.pull(made["uuid"]) == {"x": 1}
        assert [one["uuid"] for one in EVE.listed("community=True")] == [made["uuid"]]
        ADA.replace(made["uuid"], {"x": 2})
        assert ADA.pull(made["uuid"]) == {"x": 2}

    def test_a_broken_scenario_is_refused_and_said_to_be(self) -> None:
        made = self.created(object_type="scenario", json_string="")
        assert ADA.listed() == []
        put(made["uuid"], b"{", silent=True)
        assert ADA.listed() == []
        answer = ADA.ask("GET", f"/object?uuid={made['uuid']}")
        assert (answer.status_code, "JSON" in answer.json_body["detail"]) == (404, True)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"object_type": "jobs"}, "object_type: Value error, one of agent, agent_list"),
            ({"object_type": 3}, "object_type"),
            ({"visibility": "everybody"}, "visibility"),
            ({"description": "x" * 20_000}, "description"),
            ({"alias": "a b"}, "alias: 1 to 100 letters"),
            ({"alias": ""}, "alias"),
            ({"alias": "x" * 101}, "alias"),
            ({"alias": "é"}, "alias"),
            ({"alias": "a\n"}, "alias"),
            ({"object_hash": "#"}, "object_hash"),
            ({"object_hash": "1" * 101}, "object_hash"),
            ({"object_hash": 1.5}, "object_hash"),
            ({"object_hash": 10**200}, "object_hash"),
            ({"description": "\ud800"}, ""),
            ({"description": "\x00\u2028<script>"}, ""),
            ({"version": "<script>"}, "version"),
            ({"json_string": "{"}, "JSON"),
            ({"json_string": '{"x": "\\ud800"}'}, ""),
            ({"json_string": "[" * 10_000}, ""),
            ({"json_string": None}, "json_string"),
            ({"file_store_metadata": {"mime_type": "x\r\ny"}}, "mime_type"),
        ],
    )
    def test_fields_are_checked_at_the_door(self, changes: dict[str, Any], words: str) -> None:
        body = {"json_string": json.dumps(agent()), "object_type": "agent", "version": "1.0.9"}
        answer = ADA.ask("POST", "/object", body | changes)
        if words:
            assert answer.status_code == 400
            assert words in answer.json_body["detail"]
        assert answer.status_code < 500
        if answer.status_code != 200:
            assert ADA.listed() == []

    def test_one_over_a_functions_limit_is_told_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.api.http.PAYLOAD_BYTES", 1000)
        body = {"json_string": json.dumps(agent("x" * 2000)), "object_type": "agent"}
        answer = ADA.ask("POST", "/object", body)
        assert answer.status_code == 413
        assert "newer edsl" in answer.json_body["detail"]


class TestAliases:
    def test_by_owner_and_alias(self, stage: Stage) -> None:
        made = ADA.push(alias="My-Agent", visibility="unlisted")
        query = f"owner_username={stage.account.username}&alias=my-agent"
        for person in (ADA, EVE):
            info = person.told("GET", f"/object/alias/info?{query}")
            assert info == {"uuid": made, "object_type": "agent", "is_new_format": True}
            assert person.told("GET", f"/object/alias/metadata?{query}")["alias"] == "My-Agent"
            answer = person.told("GET", f"/object/alias?{query}")
            assert json.loads(answer["json_string"]) == agent()
        assert EVE.ask("PATCH", f"/object/alias?{query}", {"description": "x"}).status_code == 404
        assert EVE.ask("DELETE", f"/object/alias?{query}").status_code == 404
        ADA.told("PATCH", f"/object/alias?{query}", {"description": "changed", "alias": "Other"})
        assert ADA.ask("GET", f"/object/alias/info?{query}").status_code == 404
        query = query.replace("my-agent", "OTHER")
        assert EVE.told("GET", f"/object/alias/metadata?{query}")["description"] == "changed"
        assert ADA.told("DELETE", f"/object/alias?{query}") == {"status": "success"}
        assert ADA.ask("GET", f"/object/alias/info?{query}").status_code == 404

    def test_old_releases_name_their_own_by_alias(self) -> None:
        made = ADA.push(alias="my-agent", visibility="public")
        assert ADA.get("my-agent") == agent()
        assert EVE.ask("GET", "/object?uuid=my-agent").status_code == 404
        ADA.told("PATCH", "/object?uuid=MY-AGENT", {"description": "x"})
        assert EVE.told("GET", f"/object/metadata?uuid={made}")["description"] == "x"
        ADA.told("DELETE", "/object?uuid=my-agent")

    def test_one_is_taken_once_however_it_is_written(self) -> None:
        first = ADA.push(alias="one")
        EVE.push(alias="one")
        body = {"object_type": "agent", "alias": "ONE", "visibility": "private", "version": "1.0.9"}
        answer = ADA.ask("POST", "/object/push", body)
        assert answer.status_code == 409
        assert "already have an object with the alias" in answer.body.decode()
        second = ADA.push(alias="two")
        answer = ADA.ask("PATCH", f"/object?uuid={second}", {"alias": "One", "description": "x"})
        assert answer.status_code == 409
        assert ADA.told("GET", f"/object/metadata?uuid={second}")["description"] is None
        ADA.told("PATCH", f"/object?uuid={first}", {"alias": "One"})  # its own, written otherwise
        ADA.told("DELETE", f"/object?uuid={first}")
        ADA.told("PATCH", f"/object?uuid={second}", {"alias": "one"})

    def test_one_that_was_never_uploaded_gives_its_alias_up(self, stage: Stage) -> None:
        left = ADA.announce(alias="one")["object_uuid"]
        made = ADA.push(alias="one")
        assert ADA.told("GET", f"/object/metadata?uuid={left}")["alias"] is None
        assert ADA.told("GET", f"/object/metadata?uuid={made}")["alias"] == "one"
        put(left, agent("late"))
        ADA.told("POST", "/object/confirm-upload", {"object_uuid": left})
        query = f"owner_username={stage.account.username}&alias=one"
        assert ADA.told("GET", f"/object/alias/info?{query}")["uuid"] == made

    def test_an_owner_who_is_renamed_takes_them_along(self, stage: Stage) -> None:
        made = ADA.push(alias="one")
        accounts.rename(stage.account, "countess")
        assert ADA.told("GET", "/object/alias/info?owner_username=countess&alias=one")["uuid"] == made


class TestStrangers:
    """P7: what is not for the caller is answered as what does not exist."""

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "/object?uuid={}", None),
            ("PATCH", "/object?uuid={}", {"description": "mine now"}),
            ("DELETE", "/object?uuid={}", None),
            ("GET", "/object/metadata?uuid={}", None),
            ("POST", "/object/pull", {"object_uuid": "{}"}),
            ("POST", "/object/upload-url", {"object_uuid": "{}"}),
            ("POST", "/object/confirm-upload", {"object_uuid": "{}"}),
            ("POST", "/object/check-format", {"object_uuid": "{}"}),
        ],
    )
    def test_a_private_object_is_not_there(self, method: str, path: str, body: dict[str, str] | None) -> None:
        made = ADA.push(alias="secret")

        def asked(content_id: str) -> tuple[int, str]:
            said = {name: value.replace("{}", content_id) for name, value in (body or {}).items()}
            answer = EVE.ask(method, path.format(content_id), said)
            return answer.status_code, answer.json_body["detail"].replace(content_id, "ID")

        assert asked(made) == asked(NEVER) == asked(str(uuid4()))
        assert asked(made)[0] == 404
        assert ADA.pull(made) == agent()
        assert ADA.listed()[0]["description"] is None

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    @pytest.mark.parametrize("path", ["/object/alias", "/object/alias/info", "/object/alias/metadata"])
    def test_nor_by_its_alias(self, stage: Stage, method: str, path: str) -> None:
        if method != "GET" and path != "/object/alias":
            return
        made = ADA.push(alias="secret")
        username = stage.account.username

        def asked(owner: str, alias: str) -> tuple[int, str]:
            answer = EVE.ask(method, f"{path}?owner_username={owner}&alias={alias}", {"description": "x"})
            detail = answer.json_body["detail"]
            assert made not in detail
            return answer.status_code, detail.replace(f"{owner}/{alias}", "NAME")

        answers = {asked(username, "secret"), asked(username, "nothing"), asked("nobody", "secret")}
        assert len(answers) == 1
        assert answers.pop()[0] == 404
        assert ADA.pull(made) == agent()

    def test_readers_are_not_told_of_uploads_and_jobs(self, stage: Stage) -> None:
        made = ADA.push(visibility="public")
        ADA.replace(made, b'{"a secret": ')
        done = ran(stage, job(), results_visibility=Visibility.PUBLIC)
        for content_id in (made, done.results_id):
            path = f"/object/metadata?uuid={content_id}"
            own, others = ADA.told("GET", path), EVE.told("GET", path)
            assert own.keys() - others.keys() == {"checking", "refused", "job_uuid"}
            assert {name: own[name] for name in others} == others
        assert own["job_uuid"] == done.job_id
        assert ADA.told("GET", f"/object/metadata?uuid={made}")["refused"]

    @pytest.mark.parametrize("visibility", ["unlisted", "public"])
    def test_what_may_be_read_is_still_only_its_owners_to_change(self, visibility: str) -> None:
        made = ADA.push(visibility=visibility)
        assert EVE.pull(made) == EVE.get(made) == agent()
        for method, path, body in (
            ("PATCH", f"/object?uuid={made}", {"description": "x"}),
            ("DELETE", f"/object?uuid={made}", None),
            ("POST", "/object/upload-url", {"object_uuid": made}),
            ("POST", "/object/confirm-upload", {"object_uuid": made}),
        ):
            assert EVE.ask(method, path, body).status_code == 404
        assert ADA.pull(made) == agent()

    @pytest.mark.parametrize(
        "name", ["", "x" * 5000, "../../etc", "%00", "a/b", "content%23x", "{}", "ü", "0" * 36, "None"]
    )
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_names_that_are_none_are_answered_in_words(self, method: str, name: str) -> None:
        answer = ADA.ask(method, f"/object?uuid={name}", {"description": "x"})
        assert answer.status_code in (400, 404)
        assert 0 < len(answer.json_body["detail"]) < 500
        query = f"owner_username={name}&alias={name}"
        assert ADA.ask(method, f"/object/alias?{query}", {"description": "x"}).status_code in (400, 404)
        answer = ADA.ask("POST", "/object/pull", {"object_uuid": name})
        assert answer.status_code in (400, 404)

    @pytest.mark.parametrize("said", [{"uuid": "owner"}, {"account_id": "x"}, {"document": "x", "size": 1}])
    def test_fields_of_the_record_cannot_be_said(self, stage: Stage, said: dict[str, Any]) -> None:
        made = ADA.push(**said)
        ADA.told("PATCH", f"/object?uuid={made}", {**said, "description": "x"})
        assert ADA.pull(made) == agent()
        content = stage.deps.contents.get(made)
        assert content is not None
        assert content.account_id == stage.account.account_id


class TestLists:
    def test_sorted_paged_counted(self) -> None:
        made = [ADA.push(description=f"number {number}") for number in range(5)]
        first = ADA.told("GET", "/object/list?page=1&page_size=2")
        assert [one["uuid"] for one in first["objects"]] == made[:2:-1]
        assert {name: first[name] for name in first if name != "objects"} == {
            "current_page": 1,
            "total_pages": 3,
            "page_size": 2,
            "total_count": 5,
        }
        last = ADA.told("GET", "/object/list?page=3&page_size=2&sort_ascending=True")
        assert [one["uuid"] for one in last["objects"]] == made[4:]
        behind = ADA.told("GET", "/object/list?page=9")
        assert (behind["objects"], behind["total_count"]) == ([], 5)
        assert set(first["objects"][0]) >= {
            "uuid",
            "object_type",
            "alias",
            "owner_username",
            "description",
            "visibility",
            "version",
            "last_updated_ts",
            "created_ts",
        }

    def test_older_releases_read_a_bare_list(self) -> None:
        made = ADA.push(version="0.1.62")
        assert [one["uuid"] for one in ADA.told("GET", "/object/list?page=1&page_size=1")] == [made]
        ADA.push(version="1.0.9")
        assert ADA.told("GET", "/object/list")["total_count"] == 2
        assert EVE.told("GET", "/object/list")["total_count"] == 0

    def test_searched(self) -> None:
        green = ADA.push(description="Green Pears", visibility="public", alias="fruit")
        red = ADA.push(description="red apples")
        survey = ADA.push(SURVEY, object_type="survey", description="apples")
        EVE.push(description="Eve's own apples", visibility="public")

        def found(query: str) -> list[str]:
            return [one["uuid"] for one in ADA.listed(query)]

        assert found("search_query=APPLES") == [survey, red]
        assert found("search_query=fruit") == found("visibility=public") == found("search_query=" + green)
        assert found("search_query=fruit") == [green]
        assert found("type=survey&type=notebook") == [survey]
        assert found("type=agent&visibility=private&search_query=apples") == [red]
        ADA.told("PATCH", f"/object?uuid={red}", {"description": "plums", "visibility": "public"})
        assert found("search_query=apples") == [survey]
        assert found("visibility=public") == [red, green]

    def test_of_others_only_what_is_public(self, stage: Stage) -> None:
        made = {each: ADA.push(visibility=each) for each in ("private", "unlisted", "public")}
        EVE.push(visibility="public")
        (found,) = EVE.listed("community=True")
        assert (found["uuid"], found["owner_username"]) == (made["public"], stage.account.username)
        assert {"view_count", "download_count"} <= set(found)
        assert len(EVE.listed()) == 1
        ADA.told("PATCH", f"/object?uuid={made['public']}", {"visibility": "unlisted"})
        assert EVE.listed("community=True") == []

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=x",
            "page_size=0",
            "page_size=101",
            "type=jobs",
            "visibility=all",
            "page=9999999999",
        ],
    )
    def test_what_makes_no_sense_is_refused_in_words(self, query: str) -> None:
        answer = ADA.ask("GET", f"/object/list?{query}")
        assert answer.status_code == 400
        assert query.partition("=")[0] in answer.json_body["detail"]

    def test_one_request_looks_through_so_many_and_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(9):
            ADA.push()
        monkeypatch.setattr("chalicelib.services.content.lists.LOOKED_THROUGH", 4)
        answer = ADA.ask("GET", "/object/list?page_size=2")
        assert (answer.status_code, "there are more" in answer.json_body["detail"]) == (400, True)


class TestResultsOfJobs:
    def test_they_are_objects_like_all_others(self, stage: Stage) -> None:
        done = ran(stage, job(), description="A survey", results_visibility=Visibility.UNLISTED)
        (found,) = ADA.listed("type=results")
        assert found["uuid"] == done.results_id
        assert (found["description"], found["visibility"], found["version"]) == (
            "A survey", "unlisted", "1.0.9",
        )  # fmt: skip
        assert len(EVE.pull(done.results_id or "")["data"]) == 1
        ADA.told(
            "PATCH", f"/object?uuid={done.results_id}",
            {"alias": "study", "description": "Mine", "visibility": "public"},
        )  # fmt: skip
        assert [one["alias"] for one in EVE.listed("community=True")] == ["study"]
        query = f"owner_username={stage.account.username}&alias=study"
        assert EVE.told("GET", f"/object/alias/info?{query}")["object_type"] == "results"
        (whole,) = ADA.told("GET", "/objects?type=results")
        assert len(json.loads(whole["json_string"])["data"]) == 1
        ADA.told("PATCH", f"/object?uuid={done.results_id}", {"visibility": "private"})
        assert EVE.ask("GET", f"/object?uuid={done.results_id}").status_code == 404
        assert EVE.ask("GET", f"/remote-inference?results_uuid={done.results_id}").status_code == 404
        assert ADA.told("GET", f"/remote-inference?results_uuid={done.results_id}")["job_uuid"] == done.job_id

    def test_their_value_stays_as_the_job_made_it(self, stage: Stage) -> None:
        done = ran(stage, job())
        answers = [
            ADA.ask("POST", "/object/upload-url", {"object_uuid": done.results_id}),
            ADA.ask("PATCH", f"/object?uuid={done.results_id}", {"json_string": "{}"}),
        ]
        for answer in answers:
            assert (answer.status_code, "new object" in answer.json_body["detail"]) == (409, True)
