"""What unmodified clients say of credits: what one has, gives, and what happens without any."""

import pytest

from tests.clients.conftest import RELEASES, Client, Perch
from tests.journey.client import ByHand

pytestmark = pytest.mark.clients
OPENED = 10_000
KNOW_BALANCES = ("0.1.62", "1.0.9")


@pytest.mark.parametrize("release", KNOW_BALANCES)
def test_credits_are_told_given_and_paid(perch: Perch, account: ByHand, client: Client, release: str) -> None:
    other = ByHand(perch.url, next(perch.keys))
    to = other.ask("GET", "/api/v0/users/profile").json()["username"]
    said = client(release, "money", to)
    assert said.code == 0, said.errors
    before, given, paid, left, username = said.last
    assert (before, left) == (OPENED, OPENED - 13.34)
    assert (given["success"], given["remaining_credits"]) == (True, OPENED - 12.34)
    assert paid["remaining_credits"] == left
    assert username == account.ask("GET", "/api/v0/users/profile").json()["username"]
    assert other.ask("GET", "/api/v0/users/get-balance").json()["credits"] == OPENED + 13.34


@pytest.mark.parametrize("release", RELEASES)
def test_a_survey_that_cannot_be_paid_for_fails_in_words(
    perch: Perch, account: ByHand, client: Client, release: str
) -> None:
    to = ByHand(perch.url, next(perch.keys)).ask("GET", "/api/v0/users/profile").json()["username"]
    everything = {"credits_gifted": OPENED, "recipient_username": to, "gift_note": None}
    assert account.ask("POST", "/api/users/gift", everything).status_code == 200
    asked = len(perch.provider.asked)
    said = client(release, "without_funds")
    if release == "1.0.9":
        assert "insufficient funds" in said.errors.lower() + said.output.lower()
    (told,) = account.ask("GET", "/api/v0/remote-inference/list").json()
    assert told["status"] == "failed"
    assert told["latest_failure_reason"] == "insufficient funds"
    history = [item["title"] for item in account.history(told["uuid"])]
    assert history == ["Added to queue", "Started running", "Failed"]
    assert len(perch.provider.asked) == asked  # neither Perch nor the laptop asked anybody
    assert account.ask("GET", "/api/v0/users/get-balance").json()["credits"] == 0
