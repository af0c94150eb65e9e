"""Calls at once: what the stage allows, or less where a service takes less."""

from chalicelib.domain.providers.service import (
    Service,
    calls_at_once,
    fewest_calls_at_once,
    longest_call,
    longest_interview,
    seconds_per_call,
    services_of,
)
from tests.support.jobs import job

TABLE = (Service("openai"), Service("here", calls_in_flight=4), Service("there", calls_in_flight=2))


def test_a_bounded_service_bounds_only_the_jobs_that_use_it() -> None:
    assert calls_at_once(TABLE, {"openai", "test"}, most=250) == 250
    assert calls_at_once(TABLE, {"here"}, most=250) == 4
    assert calls_at_once(TABLE, {"here"}, most=3) == 3


def test_a_service_that_takes_few_does_not_hold_the_others_up() -> None:
    assert calls_at_once(TABLE, {"openai", "here"}, most=250) == 250
    assert calls_at_once(TABLE, {"here", "there"}, most=250) == 4


def test_slices_are_made_for_the_service_that_takes_the_fewest() -> None:
    assert fewest_calls_at_once(TABLE, {"openai", "here"}, most=250) == 4
    assert fewest_calls_at_once(TABLE, {"here", "there"}, most=250) == 2
    assert fewest_calls_at_once(TABLE, {"test"}, most=250) == 250


def test_services_are_those_of_the_models() -> None:
    assert services_of(job()["models"]) == {"test"}


def test_a_call_is_expected_to_take_as_long_as_at_the_slowest_service() -> None:
    table = (Service("slow", seconds_per_call=30.0), Service("fast", seconds_per_call=0.5), Service("openai"))
    assert seconds_per_call(table, {"slow", "fast"}, usual=8.0) == 30.0
    assert seconds_per_call(table, {"fast"}, usual=8.0) == 0.5
    assert seconds_per_call(table, {"fast", "openai"}, usual=8.0) == 8.0
    assert seconds_per_call(table, {"unheard-of"}, usual=8.0) == 8.0
    assert seconds_per_call(table, (), usual=8.0) == 8.0


def test_a_call_may_take_as_long_as_its_service_says_and_its_interview_no_less() -> None:
    slow = Service("here", call_limit_seconds=600)
    assert longest_call(slow, usual=60) == 600
    assert longest_call(Service("there"), usual=60) == longest_call(None, usual=60) == 60
    assert longest_interview([slow, Service("there")], {"here", "there"}, usual=300) == 600
    assert longest_interview([slow], {"there"}, usual=300) == 300
    assert longest_interview([Service("here", call_limit_seconds=5)], {"here"}, usual=300) == 300
