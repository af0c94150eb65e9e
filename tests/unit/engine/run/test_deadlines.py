"""An interview's time runs only while it is asked something."""

import pytest

from chalicelib.engine.run.deadlines import Deadlines


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr("chalicelib.engine.run.deadlines.time.monotonic", lambda: at[0])
    return at


def test_waiting_between_questions_costs_nothing(now: list[float]) -> None:
    deadlines = Deadlines(600, 10)
    with deadlines.asking("a") as left:
        assert left == 10
        now[0] += 4
    now[0] += 500
    with deadlines.asking("a") as left:
        assert left == 6
        now[0] += 7
    with deadlines.asking("a") as left:
        assert left == 0


def test_questions_asked_side_by_side_cost_their_time_once(now: list[float]) -> None:
    deadlines = Deadlines(600, 10)
    with deadlines.asking("a"):
        now[0] += 2
        with deadlines.asking("a") as left:
            assert left == 8
            now[0] += 3
        now[0] += 1
    with deadlines.asking("a") as left:
        assert left == 4


def test_each_interview_has_its_own_time(now: list[float]) -> None:
    deadlines = Deadlines(600, 10)
    with deadlines.asking("a"):
        now[0] += 9
    with deadlines.asking("b") as left:
        assert left == 10


def test_anything_may_start_in_the_first_half(now: list[float]) -> None:
    deadlines = Deadlines(100, 10)
    deadlines.calls.note(1000.0)
    now[0] += 49.9
    assert deadlines.has_time_for(deadlines.calls)
    now[0] += 0.2
    assert not deadlines.has_time_for(deadlines.calls)


def test_later_only_what_probably_ends_in_time(now: list[float]) -> None:
    deadlines = Deadlines(100, 10)
    with deadlines.calls.measured():
        now[0] += 30
    now[0] += 33
    assert deadlines.has_time_for(deadlines.calls)  # 37 seconds for 30
    now[0] += 2
    assert not deadlines.has_time_for(deadlines.calls)
    assert deadlines.has_time_for(deadlines.direct_answers)  # none of which has taken any time yet
    now[0] += 35
    assert not deadlines.has_time_for(deadlines.direct_answers)


def test_time_of_an_earlier_attempt_counts_by_what_waited_for_what(now: list[float]) -> None:
    """Two chains side by side, 30 then 1 and 1 then 30: 31 seconds, as it was."""
    deadlines = Deadlines(600, 100)
    grown = [
        deadlines.replay("a", "left 1", [], 30),
        deadlines.replay("a", "right 1", [], 1),
        deadlines.replay("a", "right 2", ["right 1"], 30),
        deadlines.replay("a", "left 2", ["left 1"], 1),
    ]
    assert grown == [30, 0, 1, 0]
    assert deadlines.replay("a", "left 2", ["left 1"], 5) == 5  # asked once more, after an invalid answer
    with deadlines.asking("a") as left:
        assert left == 100 - 36
        now[0] += 4
    with deadlines.asking("a") as left:
        assert left == 100 - 40


def test_what_is_going_on_is_counted(now: list[float]) -> None:
    deadlines = Deadlines(600, 100)
    with deadlines.asking("a"), deadlines.asking("b"):
        assert deadlines.going == 2
    assert deadlines.going == 0
