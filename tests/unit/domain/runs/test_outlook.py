"""Whether a job is expected to end soon."""

from dataclasses import replace

import pytest

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.outlook import Outlook, outlook_of
from chalicelib.domain.runs.run import Progress, Run
from chalicelib.domain.status import JobStatus

NOW = 1_000_000
BOUND = 24.0
JOB = Job("j", "a", "1.0.9", created_at=NOW, status=JobStatus.RUNNING, status_at=NOW, run=1)
RUN = Run("j", 1, total=1000, slice_size=250, questions=2, started_at=NOW, opened=1000)


def outlook(seconds: float, *, job: Job = JOB, run: Run | None = RUN) -> Outlook:
    return outlook_of(job, run, now=NOW + int(seconds * 1000))


def test_a_job_that_waits_is_expected_to_wait_as_long_again() -> None:
    queued = replace(JOB, status=JobStatus.QUEUED, run=0)
    assert outlook(0.2, job=queued, run=None).ends_within(BOUND)
    assert outlook(24.0, job=queued, run=None).ends_within(BOUND)
    assert not outlook(25.0, job=queued, run=None).ends_within(BOUND)


def test_a_run_that_has_shown_nothing_is_expected_to_take_as_long_again() -> None:
    assert outlook(20).ends_within(BOUND)
    assert not outlook(30).ends_within(BOUND)


def test_who_waits_already_goes_on_while_nothing_is_known() -> None:
    assert outlook(20).may_end_within(4, of=BOUND)


def test_nobody_is_let_go_when_most_of_his_time_is_over() -> None:
    slow = outlook(20, run=replace(RUN, recorded=10))
    assert not slow.may_end_within(14, of=BOUND)
    assert slow.may_end_within(10, of=BOUND)


def test_a_large_job_is_not_waited_for_whatever_its_age() -> None:
    million = replace(RUN, total=1_000_000)
    assert not outlook(0.1, run=million).ends_within(BOUND)
    assert not outlook(0.1, run=million).may_end_within(BOUND, of=BOUND)


def test_a_young_run_s_rate_says_nothing_yet() -> None:
    assert outlook(4, run=replace(RUN, recorded=1)).ends_within(BOUND)
    assert outlook(4, run=replace(RUN, recorded=1)).may_end_within(BOUND, of=BOUND)


@pytest.mark.parametrize(
    ("seconds", "recorded", "begin", "go_on"),
    [(10, 500, True, True), (10, 250, False, True), (100, 10, False, False), (600, 999, True, True)],
)
def test_later_its_rate_tells(seconds: float, recorded: int, *, begin: bool, go_on: bool) -> None:
    found = outlook(seconds, run=replace(RUN, recorded=recorded))
    assert found.ends_within(BOUND) is begin
    assert found.may_end_within(BOUND, of=BOUND) is go_on


def test_what_its_provider_allows_counts() -> None:
    slow = outlook_of(JOB, RUN, now=NOW + 10_000, progress=Progress(1.0, 3600))
    assert not slow.ends_within(BOUND)


@pytest.mark.parametrize("seconds", [1, 3600])
def test_what_only_has_to_be_put_together_ends_soon(seconds: float) -> None:
    assert outlook(seconds, run=replace(RUN, recorded=1000)).ends_within(BOUND)
    assert outlook(seconds, job=replace(JOB, status=JobStatus.CANCELLING)).ends_within(BOUND)


def test_the_run_of_a_moment_ago_is_not_the_one_that_was_begun_since() -> None:
    again = replace(JOB, run=2)
    assert outlook(1, job=again, run=replace(RUN, total=1_000_000)).ends_within(BOUND)
