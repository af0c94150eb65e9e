"""Keys, profile and the login of clients, over HTTP."""

import re
import threading
from typing import Any

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.domain.api_keys import key_digest
from chalicelib.domain.errors import ConflictError
from chalicelib.services.accounts import accounts, administration, hand_over, keys
from chalicelib.services.accounts.authentication import DISABLED, NO_SUCH_KEY
from chalicelib.services.accounts.sealing import seal, unseal
from chalicelib.storage.aws.clients import dynamodb
from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.stage import FakeStage, fake_stage  # noqa: F401 - a fixture
from tests.support.stage import Stage
from tests.unit.api.test_jobs import ADA, ask

KEYS = "/api/v0/keys"
PROFILE = "/api/v0/users/profile"
FETCH = "/api/v0/get-api-key"
SETTINGS = "/api/v0/edsl-settings"
TOKEN = "0123456789abcdefghij_-"
HOSTILE = "<script>'\"; DROP TABLE \u202e"


def bearer(key: str) -> dict[str, str]:
    return {**ADA, "Authorization": f"Bearer {key}"}


EVE = bearer("key-eve")


def made(name: str = "laptop", headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = ask("POST", KEYS, {"name": name}, headers=headers)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json_body
    return told


@pytest.mark.usefixtures("stage")
class TestKeys:
    def test_a_key_is_shown_once(self) -> None:
        new = made()
        assert re.fullmatch(r"perch_\w{38}", new["key"])
        assert set(new) == {"key_id", "name", "made_at", "last_used_at", "current", "key"}
        listed = ask("GET", KEYS, headers=bearer(new["key"])).json_body
        assert [(key["name"], key["current"]) for key in listed] == [
            ("given at a start", False), ("laptop", True),
        ]  # fmt: skip
        assert new["key"][6:] not in str(listed)
        assert all(key["last_used_at"].endswith("Z") for key in listed)

    def test_a_revoked_key_is_refused_as_one_that_never_was(self) -> None:
        new = made()
        told = ask("DELETE", f"{KEYS}/{new['key_id']}").json_body
        assert told["name"] == "laptop"
        for key in (new["key"], "perch_nothing", "x" * 5000):
            answer = ask("GET", KEYS, headers=bearer(key))
            assert (answer.status_code, answer.json_body) == (401, {"detail": NO_SUCH_KEY})
        assert ask("DELETE", f"{KEYS}/{new['key_id']}").status_code == 404

    def test_a_key_may_revoke_itself(self) -> None:
        new = made()
        assert ask("DELETE", f"{KEYS}/{new['key_id']}", headers=bearer(new["key"])).status_code == 200
        assert ask("GET", KEYS, headers=bearer(new["key"])).status_code == 401

    def test_a_key_is_regenerated(self) -> None:
        old = made()
        new = ask("POST", f"{KEYS}/{old['key_id']}/regenerate").json_body
        assert (new["name"], new["key"] != old["key"]) == ("laptop", True)
        assert ask("GET", KEYS, headers=bearer(old["key"])).status_code == 401
        assert ask("GET", KEYS, headers=bearer(new["key"])).status_code == 200

    def test_a_foreign_key_and_one_that_is_not_there_are_the_same(self) -> None:
        foreign = made(headers=EVE)
        for method, ending in (("DELETE", ""), ("POST", "/regenerate")):
            answers = [
                ask(method, f"{KEYS}/{key_id}{ending}") for key_id in (foreign["key_id"], "nothing", "..%2F")
            ]
            assert {answer.status_code for answer in answers} == {404}
            assert (
                answers[0].json_body["detail"].replace(foreign["key_id"], "nothing")
                == (answers[1].json_body["detail"])
            )
        assert ask("GET", KEYS, headers=bearer(foreign["key"])).status_code == 200

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "x" * 101}, {"name": 5}, {"name": "a", "role": "admin"},
                 {"name": HOSTILE}, {"name": "a\nb"}],
    )  # fmt: skip
    def test_names_that_are_none_are_refused(self, body: dict[str, Any]) -> None:
        answer = ask("POST", KEYS, body)
        assert answer.status_code == 400
        assert isinstance(answer.json_body["detail"], str)
        assert len(ask("GET", KEYS).json_body) == 1

    def test_more_than_fifty_are_refused(self) -> None:
        for number in range(49):
            made(str(number))
        answer = ask("POST", KEYS, {"name": "one more"})
        assert answer.status_code == 409
        assert "50" in answer.json_body["detail"]


class TestProfile:
    def test_it_tells_who_one_is(self, stage: Stage) -> None:
        told = ask("GET", PROFILE).json_body
        assert (told["username"], told["email"], told["role"]) == ("ada", "ada@example.com", "member")
        changed = ask("PATCH", PROFILE, {"username": "ada-lovelace"})
        assert changed.json_body["username"] == "ada-lovelace"
        assert ask("GET", PROFILE).json_body == changed.json_body
        assert ask("PATCH", PROFILE, {"username": "ada-lovelace"}).json_body == changed.json_body
        assert stage.deps.accounts.by_username("ada") is None

    @pytest.mark.usefixtures("stage")
    def test_a_name_is_one_account_s(self) -> None:
        answer = ask("PATCH", PROFILE, {"username": "eve"})
        assert (answer.status_code, answer.json_body["detail"]) == (
            409, "The username eve is taken. Choose another.",
        )  # fmt: skip
        assert ask("GET", PROFILE).json_body["username"] == "ada"
        ask("PATCH", PROFILE, {"username": "eve-2"}, headers=EVE)
        assert ask("PATCH", PROFILE, {"username": "eve"}).json_body["username"] == "eve"

    @pytest.mark.usefixtures("stage")
    @pytest.mark.parametrize(
        "body", [{}, {"username": ""}, {"username": "Ada"}, {"username": HOSTILE}, {"username": "a" * 40},
                 {"username": None}, {"username": "a", "email": "x@y"}, {"role": "admin"}],
    )  # fmt: skip
    def test_what_is_no_name_is_refused(self, body: dict[str, Any]) -> None:
        assert ask("PATCH", PROFILE, body).status_code == 400
        assert ask("GET", PROFILE).json_body["username"] == "ada"

    def test_of_many_who_want_a_name_one_gets_it(self, fake_stage: FakeStage) -> None:  # noqa: F811
        ends: list[str] = []

        def take(account: Account) -> None:
            try:
                ends.append(accounts.rename(account, "taken").username)
            except ConflictError as refused:
                ends.append(refused.detail)

        owners = (fake_stage.account, fake_stage.stranger)
        threads = [threading.Thread(target=take, args=(owner,)) for owner in owners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ends) == ["The username taken is taken. Choose another.", "taken"]


def test_a_disabled_account_is_told_so_and_no_client_runs_on_the_laptop(stage: Stage) -> None:
    administration.set_disabled(stage.account, True)
    for method, path in (("GET", KEYS), ("GET", PROFILE), ("GET", "/jobs/status"), ("PATCH", SETTINGS)):
        answer = ask(method, path)
        assert (answer.status_code, answer.json_body) == (403, {"detail": DISABLED})
    assert ask("GET", SETTINGS).json_body["remote_inference"] is True
    assert ask("GET", KEYS, headers=EVE).status_code == 200


class TestLoginOfClients:
    def test_a_key_is_given_once(self, stage: Stage) -> None:
        before = keys.keys_of(stage.account)
        assert ask("POST", FETCH, {"edsl_auth_token": TOKEN}, headers={}).status_code == 400
        assert self.fetched() is None
        hand_over.hand_over(stage.account, TOKEN)
        key = self.fetched()
        assert key is not None
        assert self.fetched() is None
        told = ask("GET", KEYS, headers=bearer(key)).json_body
        assert re.fullmatch(r"edsl client, \d{4}-\d\d-\d\d \d\d:\d\d", told[-1]["name"])
        assert [key["key_id"] for key in told[:-1]] == [key.key_id for key in before]

    def test_past_ten_minutes_nothing_is_given(self, stage: Stage) -> None:
        hand_over.hand_over(stage.account, TOKEN)
        stage.now += 600_000
        assert self.fetched() is None
        hand_over.hand_over(stage.account, TOKEN)
        stage.now += 590_000
        assert self.fetched() is not None

    def test_said_twice_it_is_one_key(self, stage: Stage) -> None:
        hand_over.hand_over(stage.account, TOKEN)
        hand_over.hand_over(stage.account, TOKEN)
        assert len(keys.keys_of(stage.account)) == 2
        with pytest.raises(ConflictError, match="another account"):
            hand_over.hand_over(stage.stranger, TOKEN)
        assert len(keys.keys_of(stage.stranger)) == 1

    def test_what_is_kept_opens_nothing(self, stage: Stage) -> None:
        hand_over.hand_over(stage.account, TOKEN)
        waiting = stage.deps.hand_overs.get(TOKEN)
        assert waiting is not None
        table = dynamodb().Table(stage.deps.settings.accounts_table)
        secret = unseal(TOKEN, waiting.sealed)
        kept = table.get_item(Key={"pk": f"hand-over#{key_digest(TOKEN)}"})["Item"]
        assert TOKEN not in str(kept)
        assert secret[6:20] not in str(kept)
        with pytest.raises(Exception):  # noqa: B017, PT011 - cryptography's own
            unseal("0" * 22, waiting.sealed)
        assert seal(TOKEN, secret) != seal(TOKEN, secret)

    @pytest.mark.usefixtures("stage")
    @pytest.mark.parametrize(
        "token", ["", "x" * 21, "x" * 201, "x" * 21 + "\n", "x" * 22 + "/", HOSTILE * 3, None, 5, ["x" * 22]]
    )
    def test_what_is_no_token_is_refused(self, token: Any) -> None:
        answer = ask("POST", FETCH, {"edsl_auth_token": token})
        assert answer.status_code == 400
        assert "edsl_auth_token" in answer.json_body["detail"]

    def test_a_disabled_account_s_key_opens_nothing(self, stage: Stage) -> None:
        hand_over.hand_over(stage.account, TOKEN)
        administration.set_disabled(stage.account, True)
        assert ask("GET", KEYS, headers=bearer(self.fetched() or "")).status_code == 403

    def test_of_many_who_fetch_one_gets_it(self, fake_stage: FakeStage) -> None:  # noqa: F811
        hand_over.hand_over(fake_stage.account, TOKEN)
        together, got = threading.Barrier(16), list[str | None]()

        def fetch() -> None:
            together.wait()
            got.append(hand_over.fetched(TOKEN))

        threads = [threading.Thread(target=fetch) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 16
        assert len([key for key in got if key]) == 1

    def test_a_thousand_unknown_tokens_cost_a_read_each_and_write_nothing(
        self,
        fake_stage: FakeStage,  # noqa: F811
    ) -> None:
        before = fake_stage.aws.gate.requests.copy()
        for number in range(1000):
            answer = ask("POST", FETCH, {"edsl_auth_token": f"{number:022}"})
            assert (answer.status_code, answer.json_body) == (200, {"api_key": None})
        spent = fake_stage.aws.gate.requests - before
        assert spent == {Request("dynamodb", "get_item"): 1000}

    def fetched(self) -> str | None:
        # As a client without a key asks.
        headers = {"Authorization": "Bearer None", "Content-Type": "application/json"}
        answer = ask("POST", FETCH, {"edsl_auth_token": TOKEN}, headers=headers)
        assert answer.status_code == 200
        key: str | None = answer.json_body["api_key"]
        return key
