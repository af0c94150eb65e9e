"""The rule by which workers share what a provider takes."""

import random
from itertools import pairwise

import pytest

from chalicelib.domain.providers.limits import (
    AHEAD,
    BURST,
    FIRST_PAUSE,
    HALF,
    HOPELESS,
    LEAST,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    MINUTE,
    NEARLY,
    RECOVERY,
    SAME,
    SHARE,
    Ceiling,
    Limit,
    Refusal,
    Share,
    corrected,
    is_hopeless,
    rate,
    share_of,
    slowed,
)

NOW = 1_700_000_000_000
A_SECOND = Ceiling(requests=60)
MANY = [100] * 1000


def moments(share: Share) -> list[float]:
    return [share.begins + number * share.every for number in range(share.calls)]


def test_without_a_limit_all_may_be_made_at_once() -> None:
    limit, share = share_of(Limit(), Ceiling(), MANY, NOW)
    assert (limit, share) == (Limit(), Share(1000, NOW))


def test_an_idle_limit_gives_what_was_not_asked_for_lately_and_a_share_of_what_comes() -> None:
    _, share = share_of(Limit(), A_SECOND, MANY, NOW)
    assert share == Share((BURST + SHARE) // 1000, NOW - BURST, 1000.0)


def test_no_more_is_taken_than_there_are_calls() -> None:
    limit, share = share_of(Limit(requests_until=NOW), A_SECOND, [100], NOW)
    assert (share.calls, limit.requests_until) == (1, NOW + 1000)


def test_one_call_is_given_however_slow_the_rate() -> None:
    limit, share = share_of(Limit(requests_until=NOW), Ceiling(requests=1), MANY, NOW)
    assert (share.calls, share.begins) == (1, NOW)
    assert share_of(limit, Ceiling(requests=1), MANY, NOW)[1] == Share(0, NOW + MINUTE - AHEAD)


@pytest.mark.parametrize("ceiling", [Ceiling(requests=600), Ceiling(tokens=60_000), Ceiling(700, 60_000)])
def test_workers_that_take_in_any_order_never_ask_faster_together(ceiling: Ceiling) -> None:
    dice, limit, now, made = random.Random(1), Limit(requests_until=NOW, tokens_until=NOW), NOW, []
    while now < NOW + 2 * MINUTE:
        limit, share = share_of(limit, ceiling, MANY[: dice.randint(1, 50)], now)
        made += moments(share)
        now += dice.randint(1, 1500)
    made.sort()
    assert all(later - earlier >= 99 for earlier, later in pairwise(made))
    assert len(made) > 1100  # of 1,200: nothing is lost, for somebody always wants more


def test_tokens_that_were_not_used_are_given_again_and_those_that_were_not_taken_are_owed() -> None:
    ceiling, limit = Ceiling(tokens=60_000), Limit(tokens_until=NOW)
    assert corrected(limit, ceiling, 500).tokens_until == NOW + 500
    assert corrected(limit, ceiling, -500).tokens_until == NOW - 500
    assert corrected(limit, Ceiling(requests=1), 500) == limit


def refused(limit: Limit, ceiling: Ceiling = A_SECOND, now: int = NOW, **said: object) -> Limit:
    return slowed(limit, ceiling, Refusal(**{"generation": limit.generation, **said}), now)  # type: ignore[arg-type]


def test_a_refusal_pauses_and_halves_once_for_all_calls_of_its_time() -> None:
    ceiling = Ceiling(requests=600)
    limit = refused(Limit(), ceiling)
    assert limit.resumes_at == NOW + FIRST_PAUSE
    assert rate(limit, ceiling, limit.resumes_at) == 600 * HALF
    assert slowed(limit, ceiling, Refusal(generation=0), NOW + 100) == limit
    _, share = share_of(limit, ceiling, MANY, NOW + 200)
    assert (share.begins, share.every) == (limit.resumes_at, 200.0)


def test_the_rate_grows_back_and_on_past_what_was_refused_if_nobody_knows_of_a_limit() -> None:
    limit = refused(Limit(), Ceiling(), asked=1000)
    at = [rate(limit, Ceiling(), limit.resumes_at + after) or 0.0 for after in range(0, 5 * MINUTE, 1000)]
    assert at == sorted(at)
    assert at[RECOVERY // 1000] == 1000 * NEARLY
    assert at[50] < 1000 < at[60]
    assert at[-1] > 4000
    assert rate(limit, Ceiling(), limit.resumes_at + 60 * MINUTE) is None


def test_the_rate_grows_to_the_ceiling_at_the_most() -> None:
    limit = refused(Limit(), Ceiling(requests=600))
    assert rate(limit, Ceiling(requests=600), NOW + 10 * MINUTE) == 600


def test_while_it_is_slow_nothing_is_given_in_bursts() -> None:
    limit, later = refused(Limit(), Ceiling(requests=600)), NOW + 20_000
    assert share_of(limit, Ceiling(requests=600), MANY, later)[1].begins == later


def test_what_the_provider_says_counts() -> None:
    limit = refused(Limit(), wait=7_000)
    assert limit.resumes_at == NOW + 7_000
    assert refused(Limit(), wait=86_400_000).resumes_at == NOW + LONGEST_WAIT
    # Of calls of the same time one is told something else.
    assert slowed(limit, A_SECOND, Refusal(0, wait=7_500), NOW) == limit
    later = slowed(limit, A_SECOND, Refusal(0, wait=7_000 + 2 * SAME), NOW)
    assert (later.resumes_at, later.slowed_from) == (NOW + 7_000 + 2 * SAME, limit.slowed_from)
    assert later.generation > limit.generation


def test_pauses_grow_while_the_trouble_goes_on() -> None:
    limit, pauses, now = Limit(), [], NOW
    for _ in range(8):
        limit = refused(limit, now=now)
        pauses.append(limit.resumes_at - now)
        now = limit.resumes_at + 500
    assert pauses == [1000, 2000, 4000, 8000, 16_000, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    assert limit.slowed_from == LEAST
    again = refused(limit, now=now + 5 * MINUTE)
    assert again.resumes_at == now + 5 * MINUTE + FIRST_PAUSE


def test_an_overload_that_goes_on_halves_once_only() -> None:
    limit = refused(Limit(), Ceiling(requests=600), overloaded=True)
    again = refused(limit, Ceiling(requests=600), limit.resumes_at + 100, overloaded=True)
    assert again.slowed_from == limit.slowed_from == 600


def test_there_is_no_hope_where_nothing_is_answered_for_long() -> None:
    limit, now = Limit(), NOW
    while now < NOW + HOPELESS:
        assert not is_hopeless(limit, now)
        limit = refused(limit, now=now, wait=3_600_000)
        now = limit.resumes_at + 200
    assert is_hopeless(limit, now)
    assert not is_hopeless(refused(limit, now=now, answered=True), now)
    # It was refused the day before: nothing is known of today.
    assert not is_hopeless(refused(limit, now=now + 24 * 60 * MINUTE), now + 24 * 60 * MINUTE)
