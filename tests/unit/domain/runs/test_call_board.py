"""What a claim's calls have come to: counted once, bounded, and gone when they are over."""

import pytest

from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs import call_board
from chalicelib.domain.runs.call_board import CallBoard
from chalicelib.domain.runs.calls_now import (
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_REASONS,
    NO_CALLS,
    CallsNow,
    TriedAgain,
    bounded,
    merge_calls,
)
from chalicelib.domain.runs.engine_port import AskedCall
from chalicelib.domain.runs.slice_progress import SliceProgress

USE = ModelUse("openai", "gpt-4o")


def board(questions: int = 2, interviews: int = 3) -> CallBoard:
    return CallBoard(questions, range(interviews))


def call(number: int, index: int = 0, key: str = "a", use: ModelUse = USE) -> AskedCall:
    return AskedCall(number, index, key, use)


def test_calls_wait_are_made_and_are_answered() -> None:
    some = board()
    some.asked([call(0), call(1, key="b"), call(2, index=1)])
    assert some.progress().calls == CallsNow(waiting=3)
    some.made([0, 2])
    assert some.progress().calls == CallsNow(in_flight=2, waiting=1)
    some.answered(0)
    some.answered(2)
    told = some.progress()
    assert told.calls == CallsNow(waiting=1)
    assert told.answered == 0  # an answer may be no valid one, and is asked for again then
    some.settled([0, 1])
    assert some.progress().answered == 2


def test_an_interview_has_so_many_questions_whatever_is_told() -> None:
    some = board(questions=2)
    some.settled([0, 0, 0, 0, 1, 99])
    assert some.progress().answered == 3
    some.finish([0])
    some.settled([0])
    assert (some.progress().finished, some.progress().answered) == (1, 3)


def test_of_a_finished_interview_all_questions_count_and_nothing_is_tried_again() -> None:
    some = board(questions=3)
    some.asked([call(0), call(1, key="b")])
    some.answered(0)
    some.failed(1, "APITimeoutError", "", tries=3)
    assert some.progress().calls.tried_again == 1
    some.finish([0])
    some.finish([0])  # told twice
    told = some.progress()
    assert (told.finished, told.answered, told.calls) == (1, 3, NO_CALLS)


def test_a_refused_call_waits_and_is_tried_again_until_it_is_answered() -> None:
    some = board()
    some.asked([call(0)])
    some.made([0])
    for _ in range(9):  # it is not given up, however often
        some.refused(0, "RateLimitError", "Slow\ndown.")
    reason = TriedAgain("RateLimitError", "openai", "gpt-4o", 1, "Slow down.")
    assert some.progress().calls == CallsNow(waiting=1, tried_again=1, reasons=(reason,))
    some.made([0])
    assert some.progress().calls == CallsNow(in_flight=1, tried_again=1, reasons=(reason,))
    some.answered(0)
    assert some.progress().calls == NO_CALLS


def test_a_prompt_that_is_not_asked_again_is_not_being_tried_again() -> None:
    some = board()
    some.asked([call(0)])
    some.failed(0, "AuthenticationError", "", tries=1)
    assert some.progress().calls == NO_CALLS
    for number, expected in ((1, 1), (2, 1), (3, 0)):
        some.asked([call(number)])
        some.failed(number, "TimeoutError", "", tries=3)
        assert some.progress().calls.tried_again == expected


def test_what_is_told_of_calls_that_are_over_changes_nothing() -> None:
    some = board()
    some.asked([call(0)])
    some.dropped(0)
    some.made([0, 5])
    some.answered(0)
    some.refused(0, "RateLimitError", "")
    some.failed(5, "TimeoutError", "", tries=3)
    assert some.progress().calls == NO_CALLS
    assert some.progress().answered == 0


def test_of_an_engine_that_has_gone_nothing_is_left_but_finished_interviews() -> None:
    some = board()
    some.asked([call(0), call(1, key="b"), call(2, index=1)])
    some.made([0, 1])
    some.answered(0)
    some.refused(1, "RateLimitError", "")
    some.settled([0, 1])
    some.finish([0])
    some.begin()
    assert some.progress() == SliceProgress(2, finished=1, answered=2)


def test_reasons_are_few_and_short_and_fit_for_any_table() -> None:
    some = CallBoard(10, range(20))
    hostile = "\ud800| `x`\n" * 10_000
    for number in range(20):
        use = ModelUse("openai", f"{number % 5}" + "m" * 10_000)
        some.asked([call(number, index=number, use=use)])
        some.failed(number, "E" * 10_000, hostile, tries=3)
    told = some.progress().calls
    assert told.tried_again == 20
    assert len(told.reasons) == MOST_REASONS
    for reason in told.reasons:
        assert reason.calls == 4
        assert max(map(len, (reason.exception_type, reason.service, reason.model))) <= LONGEST_NAME
        assert len(reason.message) <= LONGEST_MESSAGE
        assert "\n" not in reason.message
        reason.message.encode()


def test_a_job_cannot_fill_the_worker_with_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_board, "MOST_FAILED", 10)
    some = board()
    for number in range(100):
        some.asked([call(number, key=str(number))])
        some.failed(number, "TimeoutError", "", tries=3)
    assert some.progress().calls.tried_again == 10


def test_reasons_of_several_slices_are_added_up_by_kind() -> None:
    slow = TriedAgain("TimeoutError", "openai", "a", 2, "first")
    refused = TriedAgain("RateLimitError", "openai", "a", 3, "no")
    told = merge_calls(
        [
            CallsNow(1, 2, 5, (refused, slow)),
            CallsNow(10, 20, 2, (TriedAgain("TimeoutError", "openai", "a", 2, "last"),)),
        ]
    )
    assert told == CallsNow(11, 22, 7, (TriedAgain("TimeoutError", "openai", "a", 4, "last"), refused))
    assert len(merge_calls([told], most=1).reasons) == 1


def test_a_text_is_cut_where_it_is_too_long() -> None:
    assert bounded("  a\t b ", 5) == "a b"
    assert bounded("abcdef", 4) == "abc…"
