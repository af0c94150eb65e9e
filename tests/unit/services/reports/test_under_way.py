"""While a slice is being worked on its job's counts move with each heartbeat, and never run backwards."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.engine_port import AskedCall
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.jobs import cancel
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.running.run_slice import run_slice
from chalicelib.storage import runs
from tests.support import wire
from tests.support.fakes.engine import FAKE_MODEL
from tests.support.jobs import job
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, delivery, on_slice, queued

SECONDS = 12
"""Between two interviews: more than a third of a lease, so that it is renewed."""


def running(stage: Stage, interviews: int = 4) -> Job:
    """Make a job of two questions whose interviews are one slice, and dispatch it."""
    limit(slice_size=50, smallest_slice=50, window=1)
    stage.engine.forwards = True
    made = queued(stage, job(agents=interviews, questions=("a", "b")))
    dispatch(made.job_id)
    return made


def told(stage: Stage, made: Job) -> dict[str, Any]:
    """Return what a client is told of the run."""
    details: dict[str, Any] = wire.described(owned_job(stage.account, made.job_id))["latest_job_run_details"]
    return details


def counts(details: dict[str, Any]) -> tuple[int, int]:
    interviews = details["interview_details"]
    return interviews["completed_interviews"], interviews["answered_questions"]


def at_each_interview(stage: Stage, look: Callable[[], None]) -> None:
    """Have time pass and the worker's heart beat before each interview, and then look."""

    def between() -> None:
        stage.now += SECONDS * 1000
        stage.beat()
        look()

    stage.engine.between = between


def test_counts_rate_and_estimate_move_inside_a_slice(stage: Stage) -> None:
    made = running(stage)
    seen: list[dict[str, Any]] = []
    at_each_interview(stage, lambda: seen.append(told(stage, made)))
    run_slice(made.job_id, 1, 0, delivery())
    assert [counts(details) for details in seen] == [(0, 0), (1, 2), (2, 4), (3, 6)]
    assert all(details["interview_details"]["total_questions"] == 8 for details in seen)
    rates = [details["interview_details"]["interviews_per_minute"] for details in seen]
    left = [details["interview_details"]["estimated_seconds_left"] for details in seen]
    assert rates[0] is left[0] is None
    assert all(rate > 0 for rate in rates[1:])
    assert left[1] > left[2] > left[3] > 0
    assert counts(told(stage, made)) == (4, 8)
    assert deliver(stage, made).status is JobStatus.COMPLETED
    assert counts(told(stage, made)) == (4, 8)
    assert told(stage, made)["calls"] is None


def test_it_takes_no_further_write_and_one_query(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made = running(stage)
    written: list[int] = []
    keep_hold = runs.RunStore.keep_hold

    def noted(store: runs.RunStore, held: Any) -> None:
        written.append(held.lease_until)
        keep_hold(store, held)

    monkeypatch.setattr(runs.RunStore, "keep_hold", noted)
    queries: list[str] = []
    under_way = runs.RunStore.under_way

    def asked(store: runs.RunStore, job_id: str, number: int) -> Any:
        queries.append(job_id)
        return under_way(store, job_id, number)

    monkeypatch.setattr(runs.RunStore, "under_way", asked)

    def look() -> None:
        for _ in range(5):
            stage.beat()
        queries.clear()
        told(stage, made)
        assert queries == [made.job_id]

    at_each_interview(stage, look)
    run_slice(made.job_id, 1, 0, delivery())
    assert len(written) == 4  # one a lease's third, however often it beats


def test_calls_and_why_they_are_tried_again_are_told_while_nothing_is_recorded(stage: Stage) -> None:
    made = running(stage)
    seen: list[tuple[dict[str, Any], str]] = []

    def look() -> None:
        board = stage.engine.watch
        board.asked([AskedCall(100, 2, "x", FAKE_MODEL), AskedCall(101, 3, "x", FAKE_MODEL)])
        board.made([100])
        board.refused(100, "RateLimitError", "Slow down, <b>please</b> ![x](http://evil.example.com/x.png).")
        stage.now += SECONDS * 1000
        stage.beat()
        seen.append((told(stage, made), wire.error_report(stage.account, made.job_id)))
        board.dropped(100)
        board.dropped(101)

    stage.engine.between = look
    run_slice(made.job_id, 1, 0, delivery())
    details, report = seen[0]
    message = "Slow down, <b>please</b> ![x](http://evil.example.com/x.png)."
    assert details["calls"] == {
        "in_flight": 0,
        "waiting": 2,
        "tried_again": 1,
        "reasons": [
            {
                "exception_type": "RateLimitError",
                "inference_service": "openai",
                "model": "fake-model",
                "calls": 1,
                "message": message,
            }
        ],
    }
    assert "No exceptions were met" not in report
    assert "1 calls were refused or cut off and are being tried again." in report
    assert f"1 × RateLimitError from openai fake-model:\n\n```\n{message}\n```" in report
    assert told(stage, made)["calls"] == {"in_flight": 0, "waiting": 0, "tried_again": 0, "reasons": []}


def test_a_slice_that_is_handed_on_loses_none_of_what_was_told(stage: Stage) -> None:
    made = running(stage, interviews=6)
    seen: list[tuple[int, int]] = []
    stage.engine.slow = {2}
    at_each_interview(stage, lambda: seen.append(counts(told(stage, made))))
    run_slice(made.job_id, 1, 0, delivery())
    seen.append(counts(told(stage, made)))
    run = deps().runs.get(made.job_id, 1)
    assert run is not None
    assert run.recorded == 2
    assert seen[-1] == (5, 10)  # three behind the slow one are finished and not recorded
    stage.engine.slow.clear()
    for message in stage.messages(stage.deps.settings.interviews_queue):
        on_slice(message)
    seen.append(counts(told(stage, made)))
    assert seen == sorted(seen)
    assert seen[-1] == (6, 12)


def test_of_a_worker_that_died_the_counts_stay_and_the_calls_go(stage: Stage) -> None:
    class DeadError(Exception):
        """The worker is gone."""

    made = running(stage)
    seen: list[dict[str, Any]] = []

    def die() -> None:
        stage.engine.watch.asked([AskedCall(100, 3, "x", FAKE_MODEL)])
        stage.now += SECONDS * 1000
        stage.beat()
        seen.append(told(stage, made))
        if len(seen) == 3:
            raise DeadError

    stage.engine.between = die
    with pytest.raises(DeadError):
        run_slice(made.job_id, 1, 0, delivery())
    assert counts(seen[-1]) == (2, 4)
    assert seen[-1]["calls"]["waiting"] == 1
    stage.now += stage.deps.settings.lease_seconds * 1000
    details = told(stage, made)
    assert counts(details) == (2, 4)
    assert details["calls"]["waiting"] == 0
    again: list[tuple[int, int]] = []
    at_each_interview(stage, lambda: again.append(counts(told(stage, made))))
    run_slice(made.job_id, 1, 0, delivery())
    assert again == [(2, 4), (2, 4), (2, 4), (3, 6)]
    assert counts(told(stage, made)) == (4, 8)


def test_a_query_that_sees_half_of_a_transaction_is_asked_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = running(stage)
    read = runs.RunStore.under_way
    torn = iter([True])

    def under_way(store: runs.RunStore, job_id: str, number: int) -> Any:
        run, opened = read(store, job_id, number)
        return (run, (*opened, *opened)) if next(torn, False) else (run, opened)

    monkeypatch.setattr(runs.RunStore, "under_way", under_way)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        nonlocal torn
        torn = iter([True])
        seen.append(counts(told(stage, made)))

    at_each_interview(stage, look)
    run_slice(made.job_id, 1, 0, delivery())
    assert seen == [(0, 0), (1, 2), (2, 4), (3, 6)]


def test_a_cancelled_job_tells_in_the_end_what_its_results_hold(stage: Stage) -> None:
    made = running(stage)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        seen.append(counts(told(stage, made)))
        if len(seen) == 3:
            cancel.cancel(stage.account, made.job_id)
            stage.beat()
            seen.append(counts(told(stage, made)))

    at_each_interview(stage, look)
    run_slice(made.job_id, 1, 0, delivery())
    assert seen == [(0, 0), (1, 2), (2, 4), (2, 4)]
    done = deliver(stage, made)
    assert done.status is JobStatus.CANCELLED
    assert counts(told(stage, made)) == (2, 4)
