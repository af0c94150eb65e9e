"""Accounts are opened with keys that nobody guesses."""

import pytest

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.accounts.accounts import open_account
from chalicelib.services.accounts.authentication import authenticate
from chalicelib.settings import Settings
from infra.local.stage import read_stage
from infra.repository import ROOT
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
