"""Results that an earlier Perch kept are listed once the remover has been there."""

import pytest

from chalicelib.services.content.delete import delete
from chalicelib.services.leaving.accounts import delete_account
from chalicelib.services.leaving.retention import remove_old
from tests.support.belongings import kept, naming
from tests.support.fakes.aws.stage import FakeStage
from tests.support.jobs import job
from tests.support.people import ADA, EVE
from tests.support.walk import ran


def forget_lists(stage: FakeStage) -> None:
    """Leave what an earlier Perch would have: records, and nothing that they are found by."""
    stage.aws.table(stage.deps.settings.content_index_table).partitions.clear()


def test_they_are_listed_once_each(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.content.adopting.AT_A_TIME", 2)
    done = [ran(stage, job()).results_id or "" for _ in range(5)]
    forget_lists(stage)
    assert [one["uuid"] for one in ADA.listed()] == done[1::-1]
    assert [one["uuid"] for one in ADA.listed()] == done[3::-1]
    remove_old(lambda: 900.0)
    assert [one["uuid"] for one in ADA.listed()] == done[::-1]
    assert EVE.listed() == []
    delete(stage.account, done[0])
    remove_old(lambda: 900.0)
    assert [one["uuid"] for one in ADA.listed()] == done[:0:-1]


def test_it_goes_on_the_next_time(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.services.content.adopting.AT_A_TIME", 2)
    for _ in range(5):
        ran(stage, job())
    forget_lists(stage)
    left = iter([900.0])
    remove_old(lambda: next(left, 0.0))
    assert len(list(stage.deps.content_index.of_account(stage.account.account_id))) < 5
    remove_old(lambda: 900.0)
    assert len(list(stage.deps.content_index.of_account(stage.account.account_id))) == 5


def test_nothing_of_it_stays_when_the_account_goes(stage: FakeStage) -> None:
    ran(stage, job())
    remove_old(lambda: 900.0)
    delete_account(stage.account)
    places = {place.split()[0] for place in naming(kept(stage), stage.account.account_id)}
    assert places <= {"perch-test-credits", "perch-test-keys"}
