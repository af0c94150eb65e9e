"""The rates of schedules, as EventBridge writes them."""

import pytest

from infra.local.errors import StackError
from infra.local.functions.subscriptions import Schedule


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("rate(1 day)", 86400)],
)
def test_rates(expression: str, seconds: float) -> None:
    assert Schedule("sweeper", expression).seconds() == seconds


@pytest.mark.parametrize("expression", ["cron(0 12 * * ? *)", "rate(0 minutes)", "rate(1 month)", "", "1"])
def test_anything_else_is_a_sentence(expression: str) -> None:
    with pytest.raises(StackError, match="of sweeper cannot be kept here: the local stack knows rates only"):
        Schedule("sweeper", expression).seconds()
