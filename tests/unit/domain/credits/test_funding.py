"""A run begins what is covered by what is held for it, and holds no more than it must."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.credits.funding import (
    FINE,
    SHARE,
    Forecast,
    Funding,
    Wish,
    affordable,
    further_hold,
    spent,
)
from chalicelib.domain.credits.money import Usage, units

NUMBERS = st.integers(0, 5000)


def test_all_is_begun_where_there_is_enough() -> None:
    funding = Funding(Forecast(FINE, 10 * FINE), held=20)
    wish = Wish(spent=0, in_work=0, further=50, together=10)
    assert affordable(funding, wish, available=100_000) == 50
    assert further_hold(funding, wish, 50, available=100_000) == 480


def test_a_fourth_is_left_to_other_jobs_each_time() -> None:
    funding = Funding(Forecast(FINE, 10 * FINE), held=0)
    wish = Wish(spent=0, in_work=0, further=1000, together=10)
    assert affordable(funding, wish, available=4000) == 100


def test_whole_slices_are_begun_while_others_are_in_work() -> None:
    funding = Funding(Forecast(FINE, 10 * FINE), held=100)
    assert affordable(funding, Wish(0, 5, 100, 10), available=400) == 10
    assert affordable(funding, Wish(0, 5, 100, 40), available=400) == 0
    assert affordable(funding, Wish(0, 0, 100, 40), available=400) == 20


def test_a_run_that_stands_still_is_given_all_for_one_interview() -> None:
    funding = Funding(Forecast(FINE, 10 * FINE), held=3)
    wish = Wish(spent=2 * FINE, in_work=0, further=100, together=10)
    assert affordable(funding, wish, available=9) == 1
    assert further_hold(funding, wish, 1, available=9) == 9
    assert affordable(funding, wish, available=8) == 0


def test_what_costs_nothing_is_begun_without_a_hold() -> None:
    funding = Funding(Forecast(0, 0))
    wish = Wish(0, 0, 5000, 250)
    assert affordable(funding, wish, available=0) == 5000
    assert further_hold(funding, wish, 5000, available=0) == 0


FUNDED = st.builds(Funding, st.builds(Forecast, st.just(0), st.integers(1, 10**9)), NUMBERS)
WISHES = st.builds(Wish, st.integers(0, 10**9), NUMBERS, NUMBERS, st.integers(1, 250))


@given(FUNDED, WISHES, NUMBERS)
def test_whatever_is_begun_is_covered(funding: Funding, wish: Wish, available: int) -> None:
    bound, held = funding.forecast.bound, funding.held
    begun = affordable(funding, wish, available)
    assert 0 <= begun <= wish.further
    if not begun:
        one = -(-(wish.spent + bound) // FINE)
        assert wish.in_work or not wish.further or one > held + available
        return
    hold = further_hold(funding, wish, begun, available)
    assert 0 <= hold <= available
    assert (held + hold) * FINE >= wish.spent + bound * (wish.in_work + begun)
    if wish.in_work:
        assert hold <= available // SHARE
        assert begun == wish.further or begun % wish.together == 0


@given(st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from(["0", "0.0375", "2.5", "75"])), max_size=8))
def test_what_was_spent_is_what_is_charged(lines: list[tuple[int, str]]) -> None:
    usages = [Usage("s", "m", "input", price, tokens) for tokens, price in lines]
    assert -(-spent(usages) // FINE) == units(usages)
