"""Who makes room for whom."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.turns import (
    GRACE_MILLISECONDS,
    TURN_MILLISECONDS,
    Place,
    Waiting,
    Working,
    makes_room_for,
    next_in_turn,
)

NOW = 1_000_000
LONG_AGO = NOW - GRACE_MILLISECONDS


def place(account: str, start: int = 0) -> Place:
    return Place(account, f"job of {account}", 1, start)


def waiting(account: str, start: int = 0, since: int = LONG_AGO) -> Waiting:
    return Waiting(place(account, start), since)


def working(accounts: str, until: int = NOW + 1) -> list[Working]:
    return [Working(place(account, start), until) for start, account in enumerate(accounts)]


def room(account: str, wanted: list[Waiting], work: list[Working], *, since: int = NOW) -> list[str]:
    return [each.place.account_id for each in makes_room_for(account, wanted, work, now=NOW, since=since)]


@pytest.mark.parametrize("accounts", ["a", "aa", "aaaaaaaa"])
def test_an_account_alone_has_all_workers(accounts: str) -> None:
    assert room("a", [waiting("a", start) for start in range(9)], working(accounts)) == []


@pytest.mark.parametrize(
    ("accounts", "makes_room"),
    [("aa", True), ("ab", False), ("aab", False), ("aaab", True), ("aabb", False), ("abb", False)],
)
def test_who_has_more_than_his_share_makes_room(accounts: str, makes_room: bool) -> None:
    assert bool(room("a", [waiting("b")], working(accounts))) is makes_room


@pytest.mark.parametrize(("accounts", "makes_room"), [("a", True), ("ac", True), ("ab", False)])
def test_of_equals_one_makes_room_when_its_turn_is_over(accounts: str, makes_room: bool) -> None:
    assert room("a", [waiting("b")], working(accounts)) == []
    over = NOW - TURN_MILLISECONDS
    assert bool(room("a", [waiting("b")], working(accounts), since=over)) is makes_room


def test_a_slice_that_came_just_now_may_find_a_free_worker() -> None:
    assert room("a", [waiting("b", since=LONG_AGO + 1)], working("aa")) == []


def test_who_has_fewest_comes_first_and_then_who_waited_longest() -> None:
    wanted = [waiting("b", since=1), waiting("c", since=3), waiting("d", since=2)]
    assert room("a", wanted, working("aaaaab")) == ["d", "c", "b"]


def test_a_worker_that_died_is_not_counted_for_longer_than_its_lease() -> None:
    dead = working("b", until=NOW)
    assert room("a", [waiting("b")], [*working("aa"), *dead]) == ["b"]


def test_with_room_the_account_with_fewest_workers_is_next_be_it_ones_own() -> None:
    wanted = [waiting("a", 3), waiting("b"), waiting("a", 2)]
    order = [(each.place.account_id, each.place.start) for each in next_in_turn(wanted, [], now=NOW)]
    assert order == [("b", 0), ("a", 2), ("a", 3)]
    assert next_in_turn(wanted, working("b"), now=NOW)[0].place == place("a", 2)


@given(
    work=st.text("abcde", min_size=1, max_size=12),
    wanted=st.lists(st.sampled_from("abcde"), max_size=12),
    since=st.integers(NOW - 2 * TURN_MILLISECONDS, NOW),
)
def test_making_room_never_makes_it_less_even(work: str, wanted: list[str], since: int) -> None:
    held = Counter(work)
    marks = [waiting(account, start) for start, account in enumerate(wanted)]
    for account in room(work[0], marks, working(work), since=since):
        assert account != work[0]
        assert held[account] + 1 <= held[work[0]]


@given(work=st.text("abc", min_size=1, max_size=12), wanted=st.sets(st.sampled_from("abc")))
def test_when_nobody_makes_room_at_once_all_who_wait_have_a_share(work: str, wanted: set[str]) -> None:
    held, marks = Counter(work), [waiting(account) for account in wanted]
    if not any(room(account, marks, working(work)) for account in set(work)):
        assert all(held[each] >= max(held.values()) - 1 for each in wanted)
