"""Credits over HTTP: what one has, gives and may spend; and what others, and wrong amounts, get."""

from typing import Any

import pytest

from chalicelib.services.accounts.changing import account_of
from chalicelib.services.credits import ledger
from tests.support.stage import CREDITS, Stage
from tests.unit.api.test_jobs import ADA, ask
from tests.unit.api.test_keys import HOSTILE, bearer

BALANCE = "/api/v0/users/get-balance"
GIFT = "/api/users/gift"
PAY = "/api/v0/users/pay-for-service"
LEDGER = "/api/v0/credits/ledger"
LIMITS = "/api/v0/credits/limits"
EVE = bearer("key-eve")
OPENED = CREDITS / 100


def said(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    answer = ask(method, path, body, headers=headers or ADA)
    assert answer.status_code == 200, answer.json_body
    return answer.json_body


def has(headers: dict[str, str] | None = None) -> float:
    found: float = said("GET", BALANCE, headers=headers)["credits"]
    return found


def gift(amount: Any, to: Any = "eve", note: Any = "for pretests") -> dict[str, Any]:
    return {"credits_gifted": amount, "recipient_username": to, "gift_note": note}


@pytest.mark.usefixtures("stage")
def test_the_balance_is_told_at_its_earlier_address_too() -> None:
    assert said("GET", "/api/users/get_balance") == said("GET", BALANCE)


@pytest.mark.usefixtures("stage")
class TestGiving:
    def test_what_one_gives_the_other_has(self) -> None:
        told = said("POST", GIFT, gift(12.34))
        assert told == {"success": True, "transaction_id": "2", "remaining_credits": OPENED - 12.34}
        assert has() == OPENED - 12.34
        assert has(EVE) == OPENED + 12.34

    def test_a_service_is_paid_for(self) -> None:
        body = {"cost_credits": 3, "service_name": "a human survey", "recipient_username": "eve"}
        assert said("POST", PAY, body)["remaining_credits"] == OPENED - 3
        entry = said("GET", LEDGER)[0]
        assert (entry["kind"], entry["credits"], entry["note"]) == ("payment", -3, "a human survey")

    @pytest.mark.parametrize(
        "amount",
        [0, -1, 0.001, 0.015, 1e300, 10**30, "5", None, True, [], {}, "NaN"],
    )
    def test_an_amount_that_is_none_changes_nothing(self, amount: Any) -> None:
        answer = ask("POST", GIFT, gift(amount), headers=ADA)
        assert answer.status_code == 400
        assert isinstance(answer.json_body["detail"], str)
        assert has() == has(EVE) == OPENED

    def test_more_than_there_is_is_refused_in_words(self) -> None:
        answer = ask("POST", GIFT, gift(OPENED + 0.01), headers=ADA)
        assert answer.status_code == 402
        assert answer.json_body["detail"] == (
            f"{OPENED:.0f} credits are available, and {OPENED + 0.01} are needed."
        )
        assert has(EVE) == OPENED

    @pytest.mark.parametrize("to", ["nobody", HOSTILE, "x" * 254, "eve@example.com"])
    def test_nobody_of_a_name_is_404(self, to: str) -> None:
        answer = ask("POST", GIFT, gift(1, to), headers=ADA)
        assert answer.status_code == 404
        assert has() == OPENED

    @pytest.mark.parametrize("to", ["", 5, None, "x" * 255])
    def test_a_name_that_is_none_is_400(self, to: Any) -> None:
        assert ask("POST", GIFT, gift(1, to), headers=ADA).status_code == 400

    def test_oneself_is_refused(self) -> None:
        assert ask("POST", GIFT, gift(1, "ada"), headers=ADA).status_code == 400
        assert has() == OPENED

    def test_a_note_is_kept_as_it_is_and_not_too_long(self) -> None:
        said("POST", GIFT, gift(1, note=HOSTILE))
        assert said("GET", LEDGER, headers=EVE)[0]["note"] == HOSTILE
        assert ask("POST", GIFT, gift(1, note="x" * 501), headers=ADA).status_code == 400


@pytest.mark.usefixtures("stage")
class TestLedger:
    def test_it_is_read_page_by_page_and_is_nobody_elses(self) -> None:
        for amount in (1, 2, 3):
            said("POST", GIFT, gift(amount))
        first = said("GET", f"{LEDGER}?page_size=2")
        assert [entry["credits"] for entry in first] == [-3, -2]
        rest = said("GET", f"{LEDGER}?before={first[-1]['number']}")
        assert [entry["credits"] for entry in rest] == [-1, OPENED]
        assert [entry["credits"] for entry in said("GET", LEDGER, headers=EVE)] == [3, 2, 1, OPENED]

    @pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "before=0", "before=x", "before=1e9"])
    def test_a_page_that_is_none_is_refused(self, query: str) -> None:
        assert ask("GET", f"{LEDGER}?{query}", headers=ADA).status_code == 400


class TestLimits:
    def test_they_are_set_and_lifted(self, stage: Stage) -> None:
        ledger.grant(stage.account.account_id, 1, "a first entry")
        told = said("PATCH", LIMITS, {"per_month": 50, "per_job": 2.5})
        assert told["own"] == said("GET", LIMITS)["own"] == {"per_month": 50, "per_job": 2.5}
        assert said("PATCH", LIMITS, {"per_job": 2.5})["own"] == {"per_month": None, "per_job": 2.5}
        assert said("GET", LIMITS, headers=EVE)["own"] == {"per_month": None, "per_job": None}

    def test_of_a_key_of_ones_own(self, stage: Stage) -> None:
        (key,) = said("GET", "/api/v0/keys")
        (hers,) = said("GET", "/api/v0/keys", headers=EVE)
        path = f"{LIMITS}/keys/{key['key_id']}"
        assert said("PATCH", path, {"per_month": 7})["keys"] == {key["key_id"]: 7}
        unknown = [
            ask("PATCH", f"{LIMITS}/keys/{key_id}", {"per_month": 7}, headers=ADA)
            for key_id in (hers["key_id"], "00000000-0000-0000-0000-000000000000")
        ]
        assert {answer.status_code for answer in unknown} == {404}
        assert said("PATCH", path, {"per_month": None})["keys"] == {}
        assert account_of(stage.account).disabled is False

    @pytest.mark.usefixtures("stage")
    @pytest.mark.parametrize(
        "body", [{"per_month": -1}, {"per_job": 0.001}, {"per_week": 5}, {"per_month": "5"}, []]
    )
    def test_what_is_no_limit_is_refused(self, body: Any) -> None:
        assert ask("PATCH", LIMITS, body, headers=ADA).status_code == 400
        assert said("GET", LIMITS)["own"] == {"per_month": None, "per_job": None}
