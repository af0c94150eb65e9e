"""Rate and time left."""

from dataclasses import replace

import pytest

from chalicelib.domain.runs.run import Progress, Run, progress_of

RUN = Run(job_id="j", number=1, total=100, slice_size=10, questions=1, started_at=1_000_000)
MINUTE = 60_000


def after(minutes: float, recorded: int, *, going_on: bool = True, moved: float = 0.0) -> Progress:
    run = replace(RUN, recorded=recorded, moved_at=RUN.started_at + int(moved * MINUTE))
    return progress_of(run, now=RUN.started_at + int(minutes * MINUTE), going_on=going_on)


def test_nothing_is_known_before_something_is_recorded() -> None:
    assert after(0, 0) == after(5, 0) == Progress(None, None)
    assert after(0, 10) == Progress(None, None)


def test_the_rate_is_that_of_the_run_so_far() -> None:
    assert after(2, 40, moved=2) == Progress(20.0, 180)


def test_while_it_stands_still_the_rate_falls_and_the_time_left_grows() -> None:
    found = [after(minutes, 40, moved=2) for minutes in (2, 4, 400)]
    rates = [progress.interviews_per_minute or 0 for progress in found]
    left = [progress.seconds_left or 0 for progress in found]
    assert rates == sorted(rates, reverse=True)
    assert left == sorted(left)
    assert left[0] < left[-1]


@pytest.mark.parametrize("going_on", [True, False])
def test_a_whole_run_keeps_its_rate_and_has_no_time_left(*, going_on: bool) -> None:
    assert after(900, 100, moved=5, going_on=going_on) == Progress(20.0, 0)


def test_a_run_that_was_stopped_has_no_time_left_to_tell() -> None:
    assert after(900, 40, moved=2, going_on=False) == Progress(20.0, None)


def test_a_providers_limit_says_when_it_ends_where_it_is_slower_than_the_run_so_far() -> None:
    run = replace(RUN, questions=2)
    assert progress_of(run, now=RUN.started_at, going_on=True, questions_per_minute=50).seconds_left == 240
    half = replace(run, recorded=50)
    soon = progress_of(half, now=RUN.started_at + MINUTE, going_on=True, questions_per_minute=50)
    late = progress_of(half, now=RUN.started_at + 10 * MINUTE, going_on=True, questions_per_minute=50)
    assert (soon.seconds_left, late.seconds_left) == (120, 600)
