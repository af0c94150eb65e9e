"""Which status requests are held, for how long, and what that leaves behind."""

import json
import time
from collections.abc import Callable

import pytest

from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.jobs.polling import HeldRequest
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.jobs import submit
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.leaving.jobs import delete_job
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.sweep import sweep
from chalicelib.services.reports.long_poll import hold
from tests.support.fakes.aws.faults import Fault
from tests.support.fakes.aws.stage import FakeStage
from tests.support.held import answer_of, await_held, held_jobs, hold_requests, threads
from tests.support.jobs import job
from tests.support.stage import Stage
from tests.support.waiting import eventually
from tests.support.walk import announcement, drain, queued, ran

SECOND = 1000
MINUTE = 60 * SECOND


@pytest.fixture(autouse=True)
def _holding(stage: Stage) -> None:
    hold_requests()


def asks(stage: Stage, made: Job) -> bool:
    """Ask as a client does."""
    return hold(owned_job(stage.account, made.job_id), seconds=None, from_client=True)


def is_held_until(stage: Stage, made: Job, ends: Callable[[], object]) -> bool:
    """Tell whether a client's request is held until something happens; false: it is answered at once."""
    with threads() as pool:
        asked = pool.submit(asks, stage, made)
        while not asked.done() and made.job_id not in held_jobs(stage):
            time.sleep(0.005)
        if not asked.done():
            ends()
        return answer_of(asked)


def runs(stage: Stage, made: Job) -> bool:
    """Tell whether a client's request is held until its job has run."""
    return is_held_until(stage, made, lambda: drain(stage))


class TestTheFirstRequest:
    def test_is_held_until_its_job_has_ended(self, stage: Stage) -> None:
        made = queued(stage, job())
        assert runs(stage, made)
        assert owned_job(stage.account, made.job_id).status is JobStatus.COMPLETED
        assert held_jobs(stage) == set()
        assert stage.deps.polls.last_answer(made.job_id) is None  # nobody asks for it again

    def test_is_held_too_where_the_upload_took_long(self, stage: Stage) -> None:
        made, _ = submit.announce(stage.account, announcement())
        stage.deps.files.write(JobKeys(made.account_id, made.job_id).upload, json.dumps(job()).encode())
        stage.now += 10 * MINUTE
        submit.uploaded(stage.account, made.job_id, results_description=None, interview_seconds=None)
        assert runs(stage, made)

    @pytest.mark.parametrize("way", ["cancelled", "failed", "gone"])
    def test_is_answered_whatever_its_end(self, stage: Stage, way: str) -> None:
        made = queued(stage, [] if way == "failed" else job())

        def ends() -> None:
            if way == "failed":
                drain(stage)
                return
            cancel(stage.account, made.job_id)
            if way == "gone":
                delete_job(stage.account, made.job_id)

        assert is_held_until(stage, made, ends)

    def test_is_answered_at_once_when_it_comes_late(self, stage: Stage) -> None:
        made = queued(stage, job())
        stage.now += 6 * SECOND
        assert not asks(stage, made)

    def test_is_answered_at_once_when_there_is_nothing_to_wait_for(self, stage: Stage) -> None:
        announced, _ = submit.announce(stage.account, announcement())
        assert not asks(stage, announced)
        assert not asks(stage, ran(stage, job()))
        assert stage.deps.polls.last_answer(announced.job_id) is None

    def test_of_a_large_job_is_answered_at_once(self, stage: Stage) -> None:
        made = queued(stage, job(agents=100, scenarios=300))
        dispatch(made.job_id)
        assert not asks(stage, made)


class TestThoseThatFollow:
    @pytest.fixture
    def asked(self, stage: Stage) -> Job:
        """A job whose client was told a moment ago that it is queued."""
        made = queued(stage, job())
        stage.now += 6 * SECOND
        assert not asks(stage, made)
        return made

    @pytest.mark.parametrize("seconds", [1, 2, 5, 10])
    def test_at_the_rhythm_of_their_release_are_held(self, stage: Stage, asked: Job, seconds: int) -> None:
        stage.now += seconds * SECOND + 100
        assert runs(stage, asked)

    @pytest.mark.parametrize("milliseconds", [0, 300, 3_500, 8_000, 14_000, 100_000])
    def test_at_any_other_time_are_answered_at_once(
        self, stage: Stage, asked: Job, milliseconds: int
    ) -> None:
        stage.now += milliseconds
        assert not asks(stage, asked)

    def test_each_answer_begins_the_pause_anew(self, stage: Stage, asked: Job) -> None:
        stage.now += 400
        assert not asks(stage, asked)
        stage.now += 5_100
        assert runs(stage, asked)

    def test_a_release_has_a_rhythm_of_its_own(self, stage: Stage) -> None:
        made = queued(stage, job(), release="0.1.62")
        stage.now += 6 * SECOND
        assert not asks(stage, made)
        stage.now += 2_050  # which is 1.0.9's
        assert not asks(stage, made)
        stage.now += 4_050
        assert runs(stage, made)

    def test_of_a_job_that_takes_minutes_are_answered_at_once(self, stage: Stage, asked: Job) -> None:
        stage.now += MINUTE
        assert not asks(stage, asked)
        stage.now += 10_100
        assert not asks(stage, asked)

    def test_after_a_retry_the_first_is_one_of_them(self, stage: Stage) -> None:
        made = ran(stage, job())
        retry(stage.account, made.job_id, RetryScope.ALL)
        assert runs(stage, made)


class TestWhoAsksForIt:
    def test_is_held_until_the_end_whatever_is_expected(self, stage: Stage) -> None:
        made = queued(stage, job(agents=100, scenarios=300))
        dispatch(made.job_id)
        with threads() as pool:
            asked = pool.submit(hold, owned_job(stage.account, made.job_id), seconds=24, from_client=True)
            await_held(stage, made)
            cancel(stage.account, made.job_id)
            drain(stage)
            assert answer_of(asked)

    def test_is_answered_when_that_time_is_over(self, stage: Stage) -> None:
        made = queued(stage, job())
        assert hold(made, seconds=0.05, from_client=True)
        assert held_jobs(stage) == set()
        assert stage.deps.polls.last_answer(made.job_id) is None  # it is none of edsl's

    def test_is_answered_at_once_who_asks_for_nothing(self, stage: Stage) -> None:
        assert not hold(queued(stage, job()), seconds=0, from_client=True)


class TestHowMany:
    def test_of_one_job_one_request_is_held(self, stage: Stage) -> None:
        made = queued(stage, job())

        def ends() -> None:
            assert not asks(stage, made)
            assert not hold(owned_job(stage.account, made.job_id), seconds=24, from_client=False)
            drain(stage)

        assert is_held_until(stage, made, ends)

    def test_one_whose_holder_died_is_forgotten(self, stage: Stage) -> None:
        made = queued(stage, job())
        stage.deps.polls.hold(HeldRequest(made.job_id, stage.now + 1000), now=stage.now)
        assert not asks(stage, made)
        stage.now += 2_000
        assert runs(stage, made)

    def test_no_more_than_the_stage_says(self, stage: Stage) -> None:
        hold_requests(2)
        first, second, third = (queued(stage, job()) for _ in range(3))
        with threads(2) as pool:
            asked = [pool.submit(asks, stage, made) for made in (first, second)]
            await_held(stage, first, second)
            assert not asks(stage, third)
            drain(stage)
            assert all(answer_of(one) for one in asked)

    def test_none_while_so_many_runs_are_open(self, stage: Stage) -> None:
        hold_requests(3)
        for _ in range(3):
            queued(stage, job())
        made = queued(stage, job())
        sweep(lambda: 300.0)
        assert not asks(stage, made)
        assert not hold(made, seconds=24, from_client=True)
        drain(stage)
        sweep(lambda: 300.0)
        assert runs(stage, queued(stage, job()))

    def test_jobs_that_are_only_announced_are_no_runs(self, stage: Stage) -> None:
        hold_requests(3)
        for _ in range(5):
            submit.announce(stage.account, announcement())
        sweep(lambda: 300.0)
        assert runs(stage, queued(stage, job()))

    def test_none_where_the_stage_says_so(self, stage: Stage) -> None:
        hold_requests(0)
        made = queued(stage, job())
        assert not asks(stage, made)
        assert not hold(made, seconds=24, from_client=True)
        assert stage.deps.polls.last_answer(made.job_id) is None

    def test_hundreds_at_once_are_all_answered_at_their_end(self, stage: Stage) -> None:
        hold_requests(300)
        made = [queued(stage, job()) for _ in range(200)]
        with threads(len(made)) as pool:
            asked = [pool.submit(asks, stage, one) for one in made]
            await_held(stage, *made)
            drain(stage)
            assert all(answer_of(one) for one in asked)
        assert held_jobs(stage) == set()


@pytest.mark.moto
def test_the_tables_take_it(stage: Stage) -> None:
    """One after the other: moto within a process is not made for threads."""
    made = queued(stage, job())
    assert not hold(made, seconds=0, from_client=True)
    stage.now += 6 * SECOND
    assert not asks(stage, made)
    assert stage.deps.polls.last_answer(made.job_id) is not None
    stage.deps.polls.hold(HeldRequest(made.job_id, stage.now + 1000), now=stage.now)
    assert held_jobs(stage) == {made.job_id}
    assert not hold(made, seconds=24, from_client=True)
    stage.deps.polls.let_go(made.job_id, None)
    sweep(lambda: 300.0)
    assert stage.deps.polls.held(now=stage.now).open_runs == 1


@pytest.mark.parametrize("operation", ["get_item", "query", "put_item", "batch_write_item"])
def test_tables_that_fail_fail_no_request(stage: FakeStage, operation: str) -> None:
    made = queued(stage, job())
    stage.aws.faults.plan(Fault.THROTTLED, operation)
    with threads() as pool:
        asked = pool.submit(hold, made, seconds=None, from_client=True)
        assert eventually(lambda: asked.done() or made.job_id in held_jobs(stage))
        drain(stage)
        assert answer_of(asked)  # and looks anew
    assert owned_job(stage.account, made.job_id).status is JobStatus.COMPLETED


def test_a_look_that_fails_is_made_again(stage: FakeStage) -> None:
    made = queued(stage, job())
    with threads() as pool:
        asked = pool.submit(hold, made, seconds=None, from_client=True)
        await_held(stage, made)
        stage.aws.faults.plan(Fault.THROTTLED, "batch_get_item", times=3)
        assert eventually(lambda: len(stage.aws.faults.happened) == 3)
        drain(stage)
        assert answer_of(asked)
