"""Runs and slices: every interview once, counts that stay small."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.results.rows import InterviewRow, read_rows, write_row
from chalicelib.domain.runs.outcome import KINDS_OF_EXCEPTIONS, SliceOutcome, outcome_of
from chalicelib.domain.runs.run import Run


def run(total: int, slice_size: int) -> Run:
    return Run(job_id="j", number=1, total=total, slice_size=slice_size, questions=1, started_at=0)


@given(st.integers(min_value=1, max_value=500), st.integers(min_value=1, max_value=30), st.integers(1, 10))
def test_slices_cover_every_interview_once(total: int, size: int, window: int) -> None:
    now, opened = run(total, size).open(window)
    covered: list[int] = []
    waiting = list(opened)
    while waiting:
        item = waiting.pop()
        covered += range(item.start, item.stop)
        now = now.record(SliceOutcome(item.interviews, item.interviews, (), ()), at=1)
        now, more = now.open(1)
        waiting += more
        assert len(waiting) <= window
    assert sorted(covered) == list(range(total))
    assert now.finished
    assert now.with_exceptions == 0


def test_kinds_of_exceptions_stay_bounded_and_none_is_lost() -> None:
    rows = [
        InterviewRow(
            index=index,
            row={"model": {"model": "m", "inference_service": "s"}},
            exceptions={"q": [{"exception": {"type": f"Error{index}", "message": "x" * 5000}}]},
        )
        for index in range(200)
    ]
    outcome = outcome_of(rows)
    assert outcome.good == 0
    assert len(outcome.exceptions) <= KINDS_OF_EXCEPTIONS + 1
    assert sum(kind.count for kind in outcome.exceptions) == 200
    assert all(len(kind.message) <= 300 for kind in outcome.exceptions)


def test_rows_come_back_as_they_were_written() -> None:
    rows = [InterviewRow(0, {"answer": {"q": "ü\n"}}), InterviewRow(1, {}, {"q": [{"exception": {}}]})]
    assert list(read_rows(b"".join(map(write_row, rows)).splitlines())) == rows
