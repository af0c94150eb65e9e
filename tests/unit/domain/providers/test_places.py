"""However workers come and go, no more calls are in flight than a provider takes, and nobody is left out."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.providers.places import (
    LASTS,
    RENEWAL,
    TURN,
    Need,
    Places,
    claimed,
    renewal_of,
)

NOW = 1_700_000_000_000


def wanting(places: Places, most: int, now: int = NOW, **wanted: int) -> Places:
    """Return the places after each of some holders has said what it wants, none of it used."""
    for name, calls in wanted.items():
        places = claimed(places, name, Need(calls, 0), most, now)
    return places


def held(places: Places) -> dict[str, int]:
    return {name: holder.held for name, holder in places.holders.items()}


def test_who_is_alone_has_all_that_he_wants() -> None:
    assert held(wanting(Places(), 4, a=3)) == {"a": 3}
    assert held(wanting(Places(), 4, a=30)) == {"a": 4}


def test_two_share_evenly_as_soon_as_both_have_said_so() -> None:
    places = wanting(Places(), 4, a=30, b=30)
    assert held(places) == {"a": 4, "b": 0}
    assert held(wanting(places, 4, a=30, b=30)) == {"a": 2, "b": 2}


def test_what_one_does_not_want_is_the_others() -> None:
    places = wanting(Places(), 10, a=1, b=30, c=30)
    assert held(wanting(places, 10, a=1, b=30, c=30, d=0)) in (
        {"a": 1, "b": 4, "c": 5},
        {"a": 1, "b": 5, "c": 4},
    )


def test_a_place_is_given_back_when_its_call_has_ended() -> None:
    places = claimed(Places(), "a", Need(30, 0), 4, NOW)
    places = claimed(places, "b", Need(30, 0), 4, NOW)
    places = claimed(places, "a", Need(30, 3), 4, NOW)
    assert held(claimed(places, "b", Need(30, 0), 4, NOW)) == {"a": 3, "b": 1}
    places = claimed(places, "a", Need(30, 1), 4, NOW)
    assert held(claimed(places, "b", Need(30, 0), 4, NOW)) == {"a": 2, "b": 2}


def test_who_needs_nothing_is_not_there() -> None:
    places = wanting(Places(), 4, a=4, b=4)
    assert held(claimed(places, "a", Need(0, 0), 4, NOW)) == {"b": 0}


def test_the_places_of_the_dead_are_free_after_some_seconds() -> None:
    places = wanting(Places(), 4, a=30)
    soon, late = NOW + LASTS * RENEWAL - 1, NOW + LASTS * RENEWAL
    assert held(wanting(places, 4, soon, b=30)) == {"a": 4, "b": 0}
    assert held(wanting(places, 4, late, b=30)) == {"b": 4}


def test_of_two_at_one_place_each_has_its_turn() -> None:
    places, had = Places(), set()
    for number in range(8):
        places = wanting(places, 1, NOW + number * TURN // 2, a=5, b=5)
        had |= {name for name, calls in held(places).items() if calls}
    assert had == {"a", "b"}


def test_many_say_less_often_what_they_want() -> None:
    assert renewal_of(2) == RENEWAL
    assert renewal_of(1000) == 50_000


@given(
    most=st.integers(1, 12),
    steps=st.lists(
        st.tuples(st.sampled_from("abcde"), st.integers(0, 20), st.floats(0, 1), st.integers(0, RENEWAL)),
        max_size=60,
    ),
)
def test_there_are_never_more_than_the_provider_takes(
    most: int, steps: list[tuple[str, int, float, int]]
) -> None:
    """As long as nobody misses so many renewals that he is taken for dead."""
    places, now = Places(), NOW
    for name, wanted, part, later in steps:
        now += later // len("abcde")
        used = round(places.held_by(name) * part)
        before = places
        places = claimed(places, name, Need(wanted, used), most, now)
        if all(holder.until > now for holder in before.holders.values()):
            assert sum(held(places).values()) <= most
        assert places.held_by(name) >= used
        assert places.held_by(name) <= max(used, wanted)


@given(most=st.integers(1, 40), wants=st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_once_all_have_said_it_twice_all_that_is_wanted_is_used(most: int, wants: list[int]) -> None:
    wanted = {f"h{number}": calls for number, calls in enumerate(wants)}
    places = Places()
    for _ in range(3):
        places = wanting(places, most, **wanted)
    assert sum(held(places).values()) == min(most, sum(wants))
    fair = most // len(wants)
    assert all(calls >= min(wanted[name], fair) for name, calls in held(places).items())
