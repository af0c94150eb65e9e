"""A function with a schedule is also invoked by hand, as docs/operations.md has it: with no event at all."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

import app
from chalicelib.domain.errors import NotFoundError
from chalicelib.events.handlers import NotRemovedError
from chalicelib.services.access import owned_job
from chalicelib.storage.aws.files import FileStore
from infra.local.functions.schedule_slot import scheduled_event
from tests.support.jobs import job
from tests.support.providers import FakeProvider
from tests.support.stage import Stage, limit
from tests.support.walk import offer, ran


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
def test_the_remover_is_invoked_by_hand_and_says_where_something_did_not_go(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = ran(stage, job())
    limit(jobs_days=1)
    stage.now += 2 * 86_400_000
    refused = ClientError({"Error": {"Code": "SlowDown", "Message": "Slow down"}}, "DeleteObjects")

    def slow_down(*_: object) -> None:
        raise refused

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "delete_under", slow_down)
        with pytest.raises(NotRemovedError, match=r"1 jobs did not go: .*Slow down"):
            app.remover({}, Context())
    app.remover(scheduled_event("remover"), Context())
    assert list(stage.deps.job_removal.listed(stage.account.account_id)) == []
    with pytest.raises(NotFoundError):
        owned_job(stage.account, done.job_id)


@pytest.mark.moto
def test_the_sweeper_is_invoked_by_hand(stage: Stage) -> None:
    app.sweeper({}, Context())
    app.sweeper(scheduled_event("sweeper"), Context())
