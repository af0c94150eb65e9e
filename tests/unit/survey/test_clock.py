"""An interview's time runs only while it is asked something."""

import pytest

from chalicelib.survey.clock import Clock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr("chalicelib.survey.clock.time.monotonic", lambda: at[0])
    return at


def test_waiting_between_questions_costs_nothing(now: list[float]) -> None:
    clock = Clock(600, 10)
    with clock.asking("a") as left:
        assert left == 10
        now[0] += 4
    now[0] += 500
    with clock.asking("a") as left:
        assert left == 6
        now[0] += 7
    with clock.asking("a") as left:
        assert left == 0


def test_questions_asked_side_by_side_cost_their_time_once(now: list[float]) -> None:
    clock = Clock(600, 10)
    with clock.asking("a"):
        now[0] += 2
        with clock.asking("a") as left:
            assert left == 8
            now[0] += 3
        now[0] += 1
    with clock.asking("a") as left:
        assert left == 4


def test_each_interview_has_its_own_time(now: list[float]) -> None:
    clock = Clock(600, 10)
    with clock.asking("a"):
        now[0] += 9
    with clock.asking("b") as left:
        assert left == 10
