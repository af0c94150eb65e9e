"""A job's progress in parts, and what a page has seen of its rate."""

import pytest

from chalicelib.domain.jobs.job import RetryScope
from chalicelib.services.access import owned_job
from chalicelib.services.jobs.retry import retry
from chalicelib.services.reports.status import describe
from chalicelib.web.pages.jobs.progress_bar import (
    MOST_SEEN,
    Seen,
    line_of,
    parts_of,
    seen_before,
    seen_text,
    with_now,
)
from tests.support.jobs import job
from tests.support.pages import HOSTILE
from tests.support.stage import Stage, limit
from tests.support.walk import deliver, on_job, on_slice, queued, ran


def test_the_parts_of_a_bar_add_up_to_all(stage: Stage) -> None:
    stage.engine.failing = {0, 4}
    made = queued(stage, job(agents=7, questions=("q0", "q1")))
    assert parts_of(describe(owned_job(stage.account, made.job_id))) == []
    settings = stage.deps.settings
    for message in stage.messages(settings.jobs_queue):
        on_job(message)
    planned = parts_of(describe(owned_job(stage.account, made.job_id)))
    assert {part.word: part.count for part in planned} == {"waiting for a worker": 7}
    for message in stage.messages(settings.interviews_queue):
        on_slice(message)
    under_way = describe(owned_job(stage.account, made.job_id))
    assert sum(part.count for part in parts_of(under_way)) == 7
    ended = parts_of(describe(ran(stage, job(agents=7))))
    assert {part.word: part.count for part in ended} == {"from the cache": 5, "failed": 2}
    for parts in (planned, ended):
        assert sum(part.width for part in parts) == pytest.approx(100, abs=0.1)
        assert [part.start for part in parts] == sorted(part.start for part in parts)


def test_what_the_cache_answered_is_a_part_of_its_own(stage: Stage) -> None:
    first, again = ran(stage, job(agents=3)), ran(stage, job(agents=5))
    assert {part.word: part.count for part in parts_of(describe(first))} == {"done": 3}
    parts = {part.word: part.count for part in parts_of(describe(again))}
    assert parts == {"done": 2, "from the cache": 3}


def test_of_a_retried_job_the_cache_s_part_is_that_of_all_its_runs(stage: Stage) -> None:
    ran(stage, job(agents=3))
    stage.engine.failing = {3, 4}
    done = ran(stage, job(agents=5))
    stage.engine.failing = set()
    parts = {part.word: part.count for part in parts_of(describe(done))}
    assert parts == {"from the cache": 3, "failed": 2}
    retry(stage.account, done.job_id, RetryScope.FAILED)
    parts = {part.word: part.count for part in parts_of(describe(deliver(stage, done)))}
    assert parts == {"done": 2, "from the cache": 3}
    retry(stage.account, done.job_id, RetryScope.ALL)
    parts = {part.word: part.count for part in parts_of(describe(deliver(stage, done)))}
    assert parts == {"done": 5}


def test_what_workers_hold_is_in_work_and_the_rest_waits(stage: Stage) -> None:
    limit(smallest_slice=2, slice_size=2)
    made = queued(stage, job(agents=7))
    for message in stage.messages(stage.deps.settings.jobs_queue):
        on_job(message)
    runs = stage.deps.runs
    first, second = list(runs.open_slices(made.job_id, 1))[:2]
    runs.claim(first, first.claimed(until=stage.now + 60_000, answers=0))
    runs.claim(second, second.claimed(until=stage.now - 1, answers=0))
    parts = {part.word: part.count for part in parts_of(describe(owned_job(stage.account, made.job_id)))}
    assert parts == {"in work": 2, "waiting for a worker": 5}


@pytest.mark.parametrize(
    "text",
    ["", HOSTILE, "1", "1:", ":", "a:b", "-1:2", "1:2;3:4", "1:2\n", "²:1", f"{'9' * 99}:1", "1:1" * 9_999],
)
def test_what_was_not_seen_is_nothing(text: str) -> None:
    assert seen_before(text) == []


def test_what_was_seen_is_read_back_and_bounded(stage: Stage) -> None:
    facts = describe(ran(stage, job(agents=3)))
    seen = [Seen(second * 1_000, second) for second in range(200)]
    again = seen_before(seen_text(seen[-MOST_SEEN:]))
    assert again == seen[-MOST_SEEN:]
    assert seen_before(seen_text(seen)) == []
    now = with_now(again, facts, now=200_000)
    assert len(now) == MOST_SEEN
    assert now[-1] == Seen(200_000, 3)


def test_a_line_has_a_point_for_each_time_between_two_looks() -> None:
    assert line_of([]) == line_of([Seen(0, 0), Seen(1_000, 5)]) == ""
    assert line_of([Seen(0, 0), Seen(1_000, 0), Seen(2_000, 0)]) == ""
    points = line_of([Seen(0, 0), Seen(1_000, 5), Seen(1_000, 9), Seen(3_000, 5), Seen(4_000, 10)]).split()
    assert len(points) == 3
    assert points[0] == "0.0,2.0"
    assert all(0 <= float(value) <= 240 for point in points for value in point.split(","))
