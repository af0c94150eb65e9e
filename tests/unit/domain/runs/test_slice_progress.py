"""What is told of a slice is neither lost nor told twice, however the slice is divided or handed on."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.calls_now import NO_CALLS, CallsNow
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.slice_progress import NOTHING_TOLD, SliceProgress
from chalicelib.domain.runs.under_way import belong_together, under_way

CALLS = CallsNow(in_flight=3, waiting=2, tried_again=1)
QUESTIONS = 4
RUN = Run("j", 1, total=20, slice_size=10, questions=QUESTIONS, started_at=0, opened=20)


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    start, size = draw(st.integers(0, 5)), draw(st.integers(2, 10))
    finished = draw(st.integers(0, size))
    answered = draw(st.integers(finished * QUESTIONS, size * QUESTIONS))
    progress = SliceProgress(QUESTIONS, finished, answered, CALLS)
    return Slice("j", 1, start, start + size, start, claims=2, lease_until=1, fruitless=4, progress=progress)


@given(slices())
def test_halves_tell_together_what_the_whole_told(whole: Slice) -> None:
    halves = whole.halves()
    assert sum(half.progress.finished for half in halves) == whole.progress.finished
    assert sum(half.progress.answered for half in halves) == whole.progress.answered
    for half in halves:
        assert_holds(half)
        assert half.progress.calls == NO_CALLS


@given(slices(), st.data())
def test_what_is_recorded_and_what_is_left_are_no_less_than_was_told(
    whole: Slice, data: st.DataObject
) -> None:
    stop = data.draw(st.integers(whole.start + 1, whole.stop - 1))
    left = whole.after(stop)
    assert_holds(left)
    done = stop - whole.start
    assert whole.progress.finished <= done + left.progress.finished <= whole.interviews
    assert (
        whole.progress.answered <= done * QUESTIONS + left.progress.answered <= whole.interviews * QUESTIONS
    )


@given(slices())
def test_whoever_claims_a_slice_goes_on_from_what_was_told_and_from_no_calls(found: Slice) -> None:
    told = replace(found.progress, calls=NO_CALLS)
    assert found.claimed(until=9, answers=0).progress == told
    assert found.released(progressed=False, overran=True).progress == told
    assert found.released(progressed=True, overran=False).progress == told


@given(slices(), slices())
def test_a_new_holder_that_is_not_so_far_yet_tells_no_less(before: Slice, now: Slice) -> None:
    told = now.progress.at_least(before.progress)
    assert told.finished == max(before.progress.finished, now.progress.finished)
    assert told.answered >= told.finished * QUESTIONS
    assert told.calls == now.progress.calls
    assert NOTHING_TOLD.at_least(before.progress).questions == QUESTIONS


def test_a_run_counts_what_is_recorded_and_what_is_told_and_calls_of_the_living_only() -> None:
    run = replace(RUN, recorded=10)
    progress = SliceProgress(QUESTIONS, 2, 13, CALLS)
    living = Slice("j", 1, 10, 15, 10, claims=1, lease_until=100, progress=progress)
    dead = Slice("j", 1, 15, 20, 15, claims=1, lease_until=50, progress=progress)
    told = under_way(run, [living, dead], now=50)
    assert (told.finished, told.answered) == (14, 66)
    assert told.calls == CALLS
    assert belong_together(run, [living, dead])
    assert not belong_together(run, [living])
    assert not belong_together(replace(run, recorded=15), [living, dead])


def test_however_much_is_told_it_is_never_more_than_there_is() -> None:
    lie = SliceProgress(QUESTIONS, 10**9, 10**9)
    told = under_way(RUN, [Slice("j", 1, 0, 5, 0, progress=lie)], now=0)
    assert (told.finished, told.answered) == (RUN.total, RUN.total * QUESTIONS)


def assert_holds(part: Slice) -> None:
    progress = part.progress
    assert 0 <= progress.finished <= part.interviews
    assert progress.finished * QUESTIONS <= progress.answered <= part.interviews * QUESTIONS
