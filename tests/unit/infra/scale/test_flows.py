"""AWS's rules of growth."""

import pytest

from infra.scale.environment import held_by_an_environment
from infra.scale.flows import EventSource, Writes
from infra.scale.marks import look_units, places_units
from infra.scale.published import AS_IT_COMES


def test_an_event_source_begins_with_five_and_grows_by_three_hundred_a_minute():
    source = EventSource(AS_IT_COMES, most=10_000, waiting_since=100.0)
    assert [source.allowed(100.0 + seconds) for seconds in (0, 60, 120)] == [5, 305, 605]
    assert source.allowed(10_000) == AS_IT_COMES.most_of_a_source
    assert EventSource(AS_IT_COMES, most=200, waiting_since=0.0).allowed(600) == 200


def test_writes_wait_for_those_before_them():
    table = Writes(rate=100, grows_to=100)
    assert table.finish(50, now=0.0, usual=2.0) == 2.0
    assert table.finish(450, now=0.0, usual=2.0) == pytest.approx(5.0)
    assert table.delayed == pytest.approx(3.0)


def test_a_table_takes_twice_as_much_after_a_busy_half_hour_up_to_its_quota():
    table = Writes(rate=100, grows_to=150)
    table.finish(180_000, now=0.0, usual=0.0)
    table.finish(1, now=1800.0, usual=0.0)
    assert table.rate == 150
    idle = Writes(rate=100, grows_to=200)
    idle.finish(1, now=0.0, usual=0.0)
    idle.finish(1, now=1800.0, usual=0.0)
    assert idle.rate == 100


def test_looks_and_places_grow_with_what_is_in_them():
    assert look_units(0, 1000) == 2
    assert look_units(1, 1) == 3
    assert look_units(10_000, 1000) == look_units(500, 500) > look_units(100, 500)
    assert places_units(["a"]) == 1
    assert places_units([str(number) for number in range(1000)]) > 20


def test_an_environment_holds_no_more_than_lambda_allows():
    for held in held_by_an_environment(AS_IT_COMES):
        assert held.most < held.allowed, held.name
