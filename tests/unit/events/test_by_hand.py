"""A function with a schedule is also invoked by hand, as docs/operations.md has it: with no event at all."""

from typing import Any

import pytest

import app
from infra.local.functions.schedule_slot import scheduled_event
from tests.support.providers import FakeProvider
from tests.support.stage import Stage
from tests.support.walk import offer


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.mark.parametrize("event", [{}, None, {"detail-type": "please"}, "now"])
def test_the_lister_asks_at_once_by_hand_and_where_it_is_due_by_its_schedule(
    stage: Stage, event: Any
) -> None:
    with FakeProvider("openai") as provider:
        offer(stage, "openai", provider.url)
        app.lister(scheduled_event("lister"), Context())
        app.lister(scheduled_event("lister"), Context())
        assert len(provider.requests) == 1
        app.lister(event, Context())
    assert len(provider.requests) == 2


@pytest.mark.moto
def test_the_sweeper_is_invoked_by_hand(stage: Stage) -> None:
    app.sweeper({}, Context())
    app.sweeper(scheduled_event("sweeper"), Context())
