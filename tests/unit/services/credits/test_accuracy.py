"""Estimates say how well those before them did."""

from chalicelib.domain.providers.service import ModelUse
from chalicelib.services.credits.accuracy import FEWEST, earlier_runs
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.walk import ran

TEST = ModelUse("test", "test")


def test_runs_are_counted_once_they_are_enough(stage: Stage) -> None:
    for number in range(FEWEST):
        assert earlier_runs([TEST]) == {}
        ran(stage, job(agents=30 + number), fresh=True)
    told = earlier_runs([TEST, ModelUse("openai", "gpt-4o")])
    assert set(told) == {TEST}
    assert told[TEST].runs == FEWEST
    percent = told[TEST].percent
    assert percent is not None
    assert percent > 0


def test_what_the_cache_has_answered_or_was_cut_short_tells_nothing(stage: Stage) -> None:
    for _ in range(FEWEST + 1):
        ran(stage, job(agents=30))
    assert earlier_runs([TEST]) == {}
