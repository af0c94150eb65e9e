"""Calls at once: what the stage allows, or less where a service takes less."""

from chalicelib.domain.capacity import calls_at_once, services_of
from chalicelib.domain.interview import Service
from tests.jobs import job

TABLE = (Service("openai"), Service("here", calls_in_flight=4), Service("there", calls_in_flight=2))


def test_a_bounded_service_bounds_only_the_jobs_that_use_it() -> None:
    assert calls_at_once(TABLE, {"openai", "test"}, most=250) == 250
    assert calls_at_once(TABLE, {"openai", "here"}, most=250) == 4
    assert calls_at_once(TABLE, {"here", "there"}, most=250) == 2
    assert calls_at_once(TABLE, {"here"}, most=3) == 3


def test_services_are_those_of_the_models() -> None:
    assert services_of(job()) == {"test"}
