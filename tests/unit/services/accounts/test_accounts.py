"""Accounts are opened with keys that nobody guesses."""

import threading

import pytest

from chalicelib.domain.accounts import Account, Role
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.settings import Settings
from infra.local.stage import read_stage
from infra.repository import ROOT
from tests.support.fakes.aws.faults import CrashError, Fault
from tests.support.fakes.aws.stage import FakeStage, fake_stage  # noqa: F401 - a fixture
from tests.support.stage import Stage, limit

EMAIL = "new@example.com"


def test_a_short_key_is_refused_with_what_to_do_and_opens_nothing(stage: Stage) -> None:
    limit(shortest_key=Settings.model_fields["shortest_key"].default)
    with pytest.raises(InvalidRequestError) as refused:
        open_account(EMAIL, "k" * 31)
    assert "31 characters" in refused.value.detail
    assert "secrets.token_urlsafe" in refused.value.detail
    assert "kkk" not in refused.value.detail
    assert stage.deps.accounts.by_email(EMAIL) is None


def test_a_long_key_is_taken(stage: Stage) -> None:
    limit(shortest_key=Settings.model_fields["shortest_key"].default)
    account = open_account(EMAIL, "k" * 32)
    assert authenticate("k" * 32).account_id == account.account_id


def test_the_local_stack_takes_the_keys_it_is_given() -> None:
    assert read_stage(ROOT / ".chalice" / "config.json").variables["PERCH_SHORTEST_KEY"] == "1"


def test_what_an_account_is_opened_with_is_granted_once(stage: Stage) -> None:
    first = open_account(EMAIL, "new-key", credits=1234)
    again = open_account(EMAIL, "new-key", credits=5000)
    assert (first.credits, again.credits) == (1234, 1234)
    assert stage.deps.accounts.get(first.account_id) == first
    assert (first.username, first.role, first.disabled, first.remote_logging) == (
        "new", Role.MEMBER, False, False,
    )  # fmt: skip


def test_of_many_who_are_called_alike_each_has_a_name(fake_stage: FakeStage) -> None:  # noqa: F811
    before = fake_stage.aws.gate.requests.total()
    accounts = [open_account(f"team@{number}.example.org", f"key {number}") for number in range(200)]
    assert len({account.username for account in accounts}) == 200
    assert {account.username for account in accounts} >= {"team", "team-2", "team-3"}
    assert (fake_stage.aws.gate.requests.total() - before) / 200 < 15
    assert len(list(fake_stage.deps.accounts.all())) == 202


def test_of_many_who_open_an_account_at_once_one_does(fake_stage: FakeStage) -> None:  # noqa: F811
    opened: list[Account] = []
    threads = [
        threading.Thread(target=lambda n=number: opened.append(open_account(EMAIL, f"key-{n}", credits=7)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({account.account_id for account in opened}) == 1
    assert {authenticate(f"key-{number}").account_id for number in range(8)} == {opened[0].account_id}
    assert [account.email for account in fake_stage.deps.accounts.all()].count(EMAIL) == 1


def test_an_account_is_opened_whole_or_not_at_all(fake_stage: FakeStage) -> None:  # noqa: F811
    fake_stage.aws.faults.plan(Fault.CRASH_BEFORE, "transact_write_items")
    with pytest.raises(CrashError):
        open_account(EMAIL, "new-key", credits=7)
    assert fake_stage.deps.accounts.by_email(EMAIL) is None
    fake_stage.aws.faults.plan(Fault.CRASH_AFTER, "transact_write_items")
    with pytest.raises(CrashError):
        open_account(EMAIL, "new-key", credits=7)
    account = open_account(EMAIL, "new-key", credits=9)
    assert account.credits == 7
    assert authenticate("new-key").account_id == account.account_id
