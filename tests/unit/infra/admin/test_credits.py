"""What an operator gives and limits, and what he is told of it."""

import pytest

from chalicelib.domain.errors import InsufficientFundsError, InvalidRequestError, NotFoundError
from chalicelib.services.accounts import administration
from chalicelib.services.credits import ledger
from chalicelib.services.credits import limits as spending_limits
from infra.admin.errors import AdminError
from tests.unit.infra.admin.test_accounts import EMAIL, Operator, created, operator

__all__ = ["operator"]


def test_credits_are_granted_and_taken_back(operator: Operator) -> None:
    created(operator)
    _, noted = operator("grant", EMAIL, "12.50")
    assert noted == f"{EMAIL} has 12.5 credits, 12.5 of them available.\n"
    operator("grant", EMAIL, "-2.25", "--note", "too much")
    assert ledger.balance_of(administration.find(EMAIL)).total == 1025
    out, _ = operator("ledger", EMAIL)
    assert [line.split()[2:6] for line in out.splitlines()[1:]] == [
        ["grant", "-2.25", "0", "10.25"],
        ["grant", "12.5", "0", "12.5"],
    ]
    assert "too much" in out


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("ten", AdminError),
        ("0", InvalidRequestError),
        ("0.001", InvalidRequestError),
        ("NaN", InvalidRequestError),
        ("1e30", InvalidRequestError),
        ("-1", InsufficientFundsError),
    ],
)
def test_an_amount_that_is_none_changes_nothing(
    operator: Operator, amount: str, error: type[Exception]
) -> None:
    created(operator)
    with pytest.raises(error):
        operator("grant", EMAIL, amount)
    assert ledger.balance_of(administration.find(EMAIL)).total == 0


def test_an_account_may_have_credits_from_the_start(operator: Operator) -> None:
    created(operator, "--credits", "7.25")
    assert ledger.balance_of(administration.find(EMAIL)).total == 725


def test_nobody_is_given_nothing(operator: Operator) -> None:
    with pytest.raises(NotFoundError):
        operator("grant", "nobody@example.org", "5")


def test_limits_are_shown_set_and_lifted(operator: Operator) -> None:
    created(operator)
    operator("limits", EMAIL, "--per-month", "100", "--per-job", "2.50")
    out, _ = operator("limits", EMAIL)
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["yours", "100", "2.5"],
        ["the", "owner's", "own", "none", "none"],
    ]
    operator("limits", EMAIL, "--per-month", "none")
    found = spending_limits.limits_of(administration.find(EMAIL))
    assert (found.per_month, found.per_job) == (None, 250)


def test_one_key_is_limited(operator: Operator) -> None:
    created(operator)
    key_id = operator("keys", EMAIL)[0].splitlines()[1].split()[0]
    out, _ = operator("limits", EMAIL, "--key", key_id, "--per-month", "20")
    assert out.splitlines()[-1].split() == ["the", "key", key_id, "20"]
    assert spending_limits.limits_of(administration.find(EMAIL)).keys == {key_id: 2000}
    operator("limits", EMAIL, "--key", key_id, "--per-month", "none")
    assert spending_limits.limits_of(administration.find(EMAIL)).keys == {}
    for wrong in (["--key", "nothing", "--per-month", "1"], ["--key", key_id, "--per-month", "-1"]):
        with pytest.raises((NotFoundError, InvalidRequestError)):
            operator("limits", EMAIL, *wrong)
    with pytest.raises(AdminError, match="--per-month CREDITS"):
        operator("limits", EMAIL, "--key", key_id, "--per-job", "1")
