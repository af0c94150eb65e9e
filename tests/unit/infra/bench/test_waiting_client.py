"""What the rules come to for clients that wait, whatever their jobs: the bench's own client without time."""

import statistics

import pytest

from chalicelib.releases.polling import polling_of
from infra.bench.holding import cost_of
from infra.bench.runs.waiting_client import PAUSES, Waited, Work, wait

SIZES = ((1, 1), (10, 1), (20, 3), (60, 16), (150, 2), (1000, 2), (4000, 1), (10_000, 2))
ROUNDING = 0.25
"""A look, and what stands between two of them."""
LUCK = 1.0
"""Whether a sleep ends just before or after a job's end, which a held request before it changes."""


@pytest.mark.parametrize(("interviews", "questions"), SIZES)
@pytest.mark.parametrize("release", PAUSES)
def test_what_the_server_does_within_the_bound_is_there_when_it_is_done(
    release: str, interviews: int, questions: int
) -> None:
    bound = polling_of(release).hold_seconds - ROUNDING
    for tenths in range(3, int(bound * 10), 7):
        work = Work(interviews, questions, tenths / 10)
        held = wait(work, release, holding=True)
        assert held.seconds <= work.seconds + ROUNDING, work
        assert held.requests <= 2


@pytest.mark.parametrize(("interviews", "questions"), SIZES)
@pytest.mark.parametrize("release", PAUSES)
def test_what_takes_longer_is_waited_for_no_longer_than_before_and_held_for_seconds(
    release: str, interviews: int, questions: int
) -> None:
    works = [Work(interviews, questions, seconds) for seconds in range(25, 900, 13)]
    held = [wait(work, release, holding=True) for work in works]
    before = [wait(work, release, holding=False) for work in works]
    mean = statistics.mean(one.seconds for one in held)
    assert mean <= statistics.mean(one.seconds for one in before) + LUCK
    assert max(one.held_seconds for one in held) <= 3 * polling_of(release).hold_seconds


def test_what_is_held_is_paid_for_by_the_second() -> None:
    cost = cost_of(Waited(seconds=10, requests=1, held_seconds=10, holds=1), 1024)
    assert cost.held == pytest.approx(0.133334)
    assert cost.held < cost.all < cost.held + 0.03
    assert cost_of(Waited(10, 1, 10, 1), 256).held == pytest.approx(cost.held / 4)
