"""Single courses of events that chance meets too rarely."""

from __future__ import annotations

from chalicelib.domain.fault_points import FaultPoint
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.storage.aws.transaction import TRIES
from tests.simulation.jobs import plan_job
from tests.simulation.promises import Promises
from tests.simulation.schedule import come_to_rest
from tests.simulation.traffic import Client, Traffic
from tests.simulation.weather import Weather
from tests.simulation.world import opened_world
from tests.support.fakes.aws.faults import Fault
from tests.support.stage import limit

LONGEST_WAIT_FOR_A_FAILED_MESSAGE = 900


def led_through(traffic: Traffic, rounds: int) -> None:
    """Hear every client and deliver whatever comes, one after the other, with long waits in between."""
    world = traffic.world
    for _ in range(rounds):
        if world.running:
            world.go_on(world.awake[0])
        elif traffic.impatient:
            traffic.hear(traffic.impatient[0])
        elif traffic.waiting:
            traffic.deliver(traffic.waiting[0])
        else:
            world.pass_time(LONGEST_WAIT_FOR_A_FAILED_MESSAGE)


def status_of(client: Client) -> JobStatus | None:
    assert client.job is not None
    return owned_job(client.account, client.job.job_id).status


def letters(traffic: Traffic) -> set[str]:
    return {name for name, _ in traffic.delivered if name.endswith("DeadLetters")}


def test_with_nothing_going_wrong_everything_is_done_once() -> None:
    with opened_world(seed=0) as world:
        limit(slice_size=2, smallest_slice=1, window=2)
        traffic = Traffic(world)
        clients = [
            traffic.submit(plan_job(agents=5, questions=2, strangers=other)) for other in (False, True)
        ]
        come_to_rest(traffic)
        Promises(traffic).at_rest()
        assert {status_of(client) for client in clients} == {JobStatus.COMPLETED}
        assert set(world.engine.bill.asked.values()) == {1}
        assert not world.engine.bill.excused
        assert world.failed_slices == world.crashes == 0
        assert len(traffic.delivered) == 2 * (1 + 3 + 1)  # one message for each thing to be done


def test_a_job_that_could_not_be_queued_is_not_said_to_be() -> None:
    with opened_world(seed=0) as world:
        traffic = Traffic(world)
        client = traffic.submit(plan_job(agents=2))
        world.go_on(traffic.hear(client))
        world.stage.aws.faults.plan(Fault.CONFLICT, "transact_write_items", times=TRIES)
        world.go_on(traffic.hear(client))
        assert client.told_at is None or status_of(client) is JobStatus.QUEUED
        come_to_rest(traffic)
        assert status_of(client) is JobStatus.COMPLETED


def test_a_job_that_kills_the_dispatcher_ends_as_a_dead_letter() -> None:
    with opened_world(seed=0, weather=Weather(cursed=FaultPoint.JOB_SPLIT)) as world:
        traffic = Traffic(world)
        client = traffic.submit(plan_job(agents=2))
        led_through(traffic, 100)
        assert letters(traffic) == {"JobsDeadLetters"}
        assert status_of(client) is JobStatus.FAILED
        come_to_rest(traffic)
        Promises(traffic).at_rest()


def test_a_run_that_kills_the_finalizer_ends_as_a_dead_letter() -> None:
    with opened_world(seed=0, weather=Weather(cursed=FaultPoint.RESULTS_RENDERED)) as world:
        traffic = Traffic(world)
        client = traffic.submit(plan_job(agents=2))
        led_through(traffic, 100)
        assert letters(traffic) == {"FinalizeDeadLetters"}
        assert status_of(client) is JobStatus.FAILED
        come_to_rest(traffic)
        Promises(traffic).at_rest()


def test_a_slice_that_cannot_be_written_down_is_given_up_and_its_run_ends() -> None:
    with opened_world(seed=0, weather=Weather(cursed=FaultPoint.ROWS_WRITTEN)) as world:
        limit(slice_size=1, smallest_slice=1)
        traffic = Traffic(world)
        client = traffic.submit(plan_job(agents=2))
        led_through(traffic, 200)
        assert letters(traffic) == {"InterviewsDeadLetters"}
        assert status_of(client) is JobStatus.RUNNING
        come_to_rest(traffic)
        Promises(traffic).at_rest()


def test_one_interview_that_kills_its_worker_costs_the_others_nothing() -> None:
    with opened_world(seed=0) as world:
        limit(slice_size=8, smallest_slice=8)
        traffic = Traffic(world)
        client = traffic.submit(plan_job(agents=8, questions=2))
        world.engine.kills = {5}
        come_to_rest(traffic)
        Promises(traffic).at_rest()
        assert status_of(client) is JobStatus.PARTIAL_FAILED
        assert {times for (_, index, *_), times in world.engine.bill.asked.items() if index != 5} == {1}
