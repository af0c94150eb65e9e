"""Slices claimed, lost, handed on, halved and given up; over the fake AWS."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import EngineError, NotAnEdslJobError
from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import SliceOrder
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.planning.dispatch import dispatch
from chalicelib.services.recovery.dead_letters import lose_slice
from chalicelib.services.running.lease import Lease, LeaseLostError
from chalicelib.services.running.run_slice import GIVE_UP_AFTER, run_slice
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.runs import RunStore
from tests.support.dying import KilledError, dies_at
from tests.support.jobs import job
from tests.support.stage import Stage, limit, switch_caching_off
from tests.support.walk import deliver, delivery, offer, on_slice, queued, results


def started(stage: Stage, agents: int) -> Job:
    """Return a running job; its messages are taken from the queue."""
    made = queued(stage, paid_job(agents))
    dispatch(made.job_id)
    stage.messages(stage.deps.settings.interviews_queue)
    return owned_job(stage.account, made.job_id)


def paid_job(agents: int) -> dict[str, Any]:
    """Return a job whose answers are paid for."""
    made = job(agents=agents)
    made["models"] = [{"model": "gpt", "parameters": {}, "inference_service": "test-paid"}]
    return made


@pytest.fixture(autouse=True)
def _paid(stage: Stage) -> None:
    offer(stage, "test-paid")


def held(stage: Stage, made: Job, start: int = 0) -> Slice:
    found = stage.deps.runs.open_slice(made.job_id, 1, start)
    assert found is not None
    claimed = found.claimed(until=stage.now + 30_000, answers=0)
    stage.deps.runs.claim(found, claimed)
    return claimed


def waiting(stage: Stage) -> list[int]:
    return [message["start"] for message in stage.messages(stage.deps.settings.interviews_queue)]


@pytest.fixture(autouse=True)
def _nobody_listens():
    yield
    listen(None)


def test_a_held_slice_is_left_alone_and_looked_at_again(stage: Stage) -> None:
    made = started(stage, agents=2)
    held(stage, made)
    run_slice(made.job_id, 1, 0, delivery())
    assert stage.engine.orders == []
    stage.now += 31_000
    run_slice(made.job_id, 1, 0, delivery())
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_a_slice_is_claimed_once_for_each_lease(stage: Stage) -> None:
    made = started(stage, agents=2)
    found = stage.deps.runs.open_slice(made.job_id, 1, 0)
    assert found is not None
    first = found.claimed(until=stage.now + 30_000, answers=0)
    stage.deps.runs.claim(found, first)
    with pytest.raises(LostRaceError):
        stage.deps.runs.claim(found, found.claimed(until=stage.now + 30_000, answers=0))


def test_a_holder_renews_until_somebody_else_claims(stage: Stage) -> None:
    made = started(stage, agents=2)
    lease = Lease(held(stage, made), delivery())
    stage.now += 15_000
    lease.beat()
    lease.check()
    assert lease.held.lease_until >= stage.now + 29_000
    stage.now += 40_000  # it stalls; another one comes
    found = stage.deps.runs.open_slice(made.job_id, 1, 0)
    assert found is not None
    stage.deps.runs.claim(found, found.claimed(until=stage.now + 30_000, answers=0))
    lease.beat()
    with pytest.raises(LeaseLostError):
        lease.check()
    with pytest.raises(LeaseLostError):
        lease.give_back(overran=False)


def test_a_holder_that_others_were_in_the_way_of_has_lost_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = started(stage, agents=2)
    lease = Lease(held(stage, made), delivery())
    stage.now += 15_000

    def contended(*_: object) -> None:
        raise LostRaceError("another transaction was in the way")

    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "keep_hold", contended)
        lease.beat()
    lease.check()
    lease.beat()
    assert lease.held.lease_until >= stage.now + 29_000


def test_a_worker_that_lost_its_lease_records_nothing(stage: Stage) -> None:
    made = started(stage, agents=2)

    def second_worker(at: FaultPoint) -> None:
        if at is FaultPoint.ROWS_WRITTEN:
            listen(None)
            stage.now += 700_000
            run_slice(made.job_id, 1, 0, delivery())

    listen(second_worker)
    run_slice(made.job_id, 1, 0, delivery())
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    assert (run.recorded, run.good) == (2, 2)
    assert deliver(stage, made).status is JobStatus.COMPLETED


OUTSIDE_THE_CACHE = (FaultPoint.ANSWERS_ARRIVED, FaultPoint.ANSWERS_KEPT)
IN_THE_CACHE = (FaultPoint.ENTRIES_ARRIVED, FaultPoint.ENTRIES_ADDED)
ANYWAY = (
    *(FaultPoint.SLICE_CLAIMED, FaultPoint.ROWS_WRITTEN),
    *(FaultPoint.SLICE_RECORDED, FaultPoint.SLICE_DONE),
)


@pytest.mark.parametrize(
    ("caching", "point"),
    [
        *((False, point) for point in (*OUTSIDE_THE_CACHE, *ANYWAY)),
        *((True, point) for point in (*IN_THE_CACHE, *ANYWAY)),
    ],
)
def test_wherever_a_worker_dies_its_answers_are_paid_once(
    stage: Stage, caching: bool, point: FaultPoint
) -> None:
    limit(slice_size=3, window=2)
    if not caching:
        switch_caching_off(stage)
    made = started(stage, agents=7)
    stage.engine.batch = 1
    dies_at(point)
    with pytest.raises(KilledError):
        run_slice(made.job_id, 1, 0, delivery())
    listen(None)
    stage.now += 31_000
    for start in (0, 3):
        run_slice(made.job_id, 1, start, delivery())
    done = deliver(stage, made)
    assert done.status is JobStatus.COMPLETED
    assert [row["agent"]["traits"]["number"] for row in results(stage, done)["data"]] == list(range(7))
    in_flight = 1 if point in (FaultPoint.ANSWERS_ARRIVED, FaultPoint.ENTRIES_ARRIVED) else 0
    assert len(stage.engine.asked) == 7 + in_flight
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    assert sum(usage.tokens for usage in run.usages if usage.token_type == "input") == 70


def test_what_is_not_finished_in_time_is_handed_on(stage: Stage) -> None:
    made = started(stage, agents=5)
    stage.engine.slow = {3}
    run_slice(made.job_id, 1, 0, delivery())
    assert waiting(stage) == [3]
    rest = stage.deps.runs.open_slice(made.job_id, 1, 3)
    assert rest is not None
    assert (rest.stop, rest.origin, rest.claims) == (5, 0, 0)
    stage.engine.slow = set()
    run_slice(made.job_id, 1, 3, delivery())
    assert deliver(stage, made).status is JobStatus.COMPLETED
    assert len(stage.engine.asked) == len(set(stage.engine.asked)) == 5  # interview 4 was answered before


def test_a_slice_of_which_nothing_is_finished_is_given_back(stage: Stage) -> None:
    made = started(stage, agents=2)
    stage.engine.slow = {0, 1}
    run_slice(made.job_id, 1, 0, delivery())
    given_back = stage.deps.runs.open_slice(made.job_id, 1, 0)
    assert given_back is not None
    assert given_back.lease_until == 0
    assert waiting(stage) == [0]


def test_a_function_without_time_starts_nothing(stage: Stage) -> None:
    made = started(stage, agents=2)
    run_slice(made.job_id, 1, 0, delivery(seconds=20.5))
    assert stage.engine.orders == []
    assert waiting(stage) == [0]


def test_an_interview_that_kills_its_worker_is_found_and_given_up(stage: Stage) -> None:
    limit(smallest_slice=9)
    made = started(stage, agents=9)

    def die(at: FaultPoint) -> None:
        if at is FaultPoint.SLICE_CLAIMED and holds(5):
            raise KilledError

    def holds(index: int) -> bool:
        return any(
            item.start <= index < item.stop
            and item.lease_until > stage.now
            and item.fruitless <= GIVE_UP_AFTER
            for item in stage.deps.runs.open_slices(made.job_id, 1)
        )

    listen(die)
    starts = {0}
    for _ in range(60):
        for start in sorted(starts):
            try:
                run_slice(made.job_id, 1, start, delivery())
            except KilledError:
                stage.now += 31_000
        starts |= set(waiting(stage))
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    assert (run.recorded, run.good) == (9, 8)
    assert run.exceptions[0].exception_type == "InterviewLostError"
    done = deliver(stage, made)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert [row["answer"]["q0"] is None for row in results(stage, done)["data"]].index(True) == 5


def test_an_interview_that_takes_a_workers_whole_time_is_run_alone_and_then_given_up(stage: Stage) -> None:
    """One claim of the whole slice, and one of each interview: nobody else waits for more."""
    limit(smallest_slice=9)
    made = started(stage, agents=9)
    original, asked = stage.engine.run, []

    def run(order: SliceOrder, keep, *stopped, **watched) -> object:
        """As if a function did not end: nothing comes until the slice's time is over."""
        indices = [position.index for position in order.subset.positions]
        asked.append(indices)
        return iter(()) if 5 in indices else original(order, keep, *stopped, **watched)

    class Time:
        """Enough for one go of the engine."""

        def __init__(self) -> None:
            self.asked = 0

        def seconds_left(self) -> float:
            self.asked += 1
            return 600.0 if self.asked < 3 else 0.0

    stage.engine.run = run  # type: ignore[method-assign, assignment]
    starts = {0}
    for _ in range(20):
        for start in sorted(starts):
            run_slice(made.job_id, 1, start, replace(delivery(), seconds_left=Time().seconds_left))
        starts |= set(waiting(stage))
    assert asked[0] == list(range(9))
    assert sorted(asked[1:]) == [[index] for index in range(9)]
    done = deliver(stage, made)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert "2 times it had a worker's whole time" in (done.reason or "")
    assert [row["answer"]["q0"] is None for row in results(stage, done)["data"]].index(True) == 5


def test_a_dead_letter_gives_up_its_slice_and_the_run_goes_on(stage: Stage) -> None:
    limit(slice_size=2)
    made = started(stage, agents=4)
    lose_slice(made.job_id, 1, 0, "It failed too often.")
    run_slice(made.job_id, 1, 2, delivery())
    done = deliver(stage, made)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert "It failed too often" in (done.reason or "")
    lose_slice(made.job_id, 1, 0, "Again.")  # delivered twice
    assert owned_job(stage.account, made.job_id) == done


def test_a_dead_letter_of_a_slice_that_is_worked_on_waits(stage: Stage) -> None:
    made = started(stage, agents=2)
    held(stage, made)
    lose_slice(made.job_id, 1, 0, "It failed too often.")
    run = stage.deps.runs.get(made.job_id, 1)
    assert run is not None
    assert run.recorded == 0


def test_one_interview_that_cannot_be_loaded_does_not_spoil_its_slice(stage: Stage) -> None:
    made = started(stage, agents=8)
    original = stage.engine.run

    def run(order: SliceOrder, keep, *stopped, **watched) -> object:
        if any(position.index == 6 for position in order.subset.positions):
            raise NotAnEdslJobError("The job's agent number 7 cannot be loaded.")
        return original(order, keep, *stopped, **watched)

    stage.engine.run = run  # type: ignore[method-assign, assignment]
    run_slice(made.job_id, 1, 0, delivery())
    done = deliver(stage, made)
    assert done.status is JobStatus.PARTIAL_FAILED
    assert "agent number 7" in (done.reason or "")
    counted = stage.deps.runs.get(made.job_id, 1)
    assert counted is not None
    assert counted.good == 7


def test_a_late_message_of_a_recorded_slice_sends_what_follows(stage: Stage) -> None:
    limit(slice_size=2, window=1)
    made = started(stage, agents=4)
    dies_at(FaultPoint.SLICE_RECORDED)
    with pytest.raises(KilledError):
        run_slice(made.job_id, 1, 0, delivery())
    listen(None)
    assert waiting(stage) == []
    run_slice(made.job_id, 1, 0, delivery())
    assert waiting(stage) == [2]
    on_slice({"job_id": made.job_id, "run": 1, "start": 2})
    on_slice({"job_id": made.job_id, "run": 1, "start": 0})
    assert waiting(stage) == []  # what it opened is done: a late message makes no further ones
    assert deliver(stage, made).status is JobStatus.COMPLETED


def test_an_engine_that_dies_does_not_pay_again(stage: Stage) -> None:
    stage.engine.dies_before = {2}
    made = started(stage, agents=5)
    run_slice(made.job_id, 1, 0, delivery())
    assert deliver(stage, made).status is JobStatus.COMPLETED
    assert len(stage.engine.asked) == 5


def test_a_lost_row_has_the_engine_s_reason(stage: Stage) -> None:
    made = started(stage, agents=2)

    def run(order: SliceOrder, keep, *stopped, **watched) -> list[InterviewRow]:
        raise EngineError("The engine stopped.")

    stage.engine.run = run  # type: ignore[method-assign, assignment]
    run_slice(made.job_id, 1, 0, delivery())
    assert "The engine stopped" in (deliver(stage, made).reason or "")


def test_halves_are_a_claim_away_from_being_halved_again() -> None:
    whole = Slice("job", 1, start=0, stop=5, origin=0, claims=4, fruitless=3)
    first, second = whole.halves()
    assert (first.start, first.stop, second.start, second.stop) == (0, 2, 2, 5)
    assert first.fruitless == second.fruitless == 2
    assert (first.claims, second.claims, second.origin) == (5, 0, 0)
    assert replace(whole, claims=0, start=1).whole is False


def test_the_one_interview_that_kills_the_engine_is_the_one_that_is_lost(stage: Stage) -> None:
    limit(smallest_slice=40)
    made = started(stage, agents=40)

    class Deadly(set[int]):
        def discard(self, element: object) -> None:
            """It stays deadly."""

    stage.engine.dies_before = Deadly({17})
    run_slice(made.job_id, 1, 0, delivery())
    done = deliver(stage, made)
    assert done.status is JobStatus.PARTIAL_FAILED
    answers = [row["answer"]["q0"] for row in results(stage, done)["data"]]
    assert [index for index, answer in enumerate(answers) if answer is None] == [17]
    assert len(stage.engine.asked) == 39


def test_an_engine_that_never_works_is_not_tried_for_ever(stage: Stage) -> None:
    limit(smallest_slice=100)
    made = started(stage, agents=100)

    def run(order: SliceOrder, keep, *stopped, **watched) -> list[InterviewRow]:
        stage.engine.orders.append(order)
        raise EngineError("The engine does not start.")

    stage.engine.run = run  # type: ignore[method-assign, assignment]
    run_slice(made.job_id, 1, 0, delivery())
    assert deliver(stage, made).status is JobStatus.FAILED
    assert len(stage.engine.orders) < 50
