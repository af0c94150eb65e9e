"""The same world in the hands of hypothesis, which looks for the shortest way to break a promise."""

from __future__ import annotations

import os
from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.fault_points import FaultPoint
from tests.simulation.jobs import plan_job
from tests.simulation.promises import Promises
from tests.simulation.schedule import come_to_rest
from tests.simulation.traffic import Traffic
from tests.simulation.weather import Weather
from tests.simulation.world import World, opened_world
from tests.support.fakes.aws.faults import Fault
from tests.support.stage import limit

EXAMPLES = int(os.environ.get("PERCH_SCHEDULES", "600")) // 4
MOST_JOBS = 2
MOST_AT_ONCE = 4
FAULTS = [Fault.THROTTLED, Fault.CONFLICT, Fault.PARTIAL, Fault.LOST_ANSWER]
DANGEROUS = [
    *FaultPoint,
    *["before dynamodb.transact_write_items"] * 4,
    "after dynamodb.transact_write_items",
    "before dynamodb.batch_write_item",
    "before sqs.send_message_batch",
    "before s3.put_object",
]
"""Places where it matters who is first; what a function has read is old by then."""
SMALL = st.integers(1, 3)
PLACES = st.integers(0, 10)


class PerchMachine(RuleBasedStateMachine):
    """Each rule lets one thing happen. At the end everything takes its course, and all must be well."""

    @initialize(
        seed=st.integers(0, 99),
        switching=st.sampled_from([0.0, 0.1, 0.5]),
        freezing=st.sampled_from([0.0, 0.5]),
        size=SMALL,
        window=SMALL,
        failing=st.frozensets(PLACES, max_size=2),
        kills=st.frozensets(PLACES, max_size=1),
    )
    def begin(
        self,
        *,
        seed: int,
        switching: float,
        freezing: float,
        size: int,
        window: int,
        failing: frozenset[int],
        kills: frozenset[int],
    ) -> None:
        self.stack = ExitStack()
        weather = Weather(switching=switching, freezing=freezing)
        self.world: World = self.stack.enter_context(opened_world(seed, weather))
        self.world.stage.aws.faults.most = None
        self.world.engine.failing |= failing
        self.world.engine.kills |= kills
        limit(slice_size=size, smallest_slice=1, window=window)
        self.traffic = Traffic(self.world)
        self.promises = Promises(self.traffic)
        self.traffic.submit(plan_job(agents=4))
        self.carry_on(times=3)

    @precondition(lambda self: len(self.traffic.clients) < MOST_JOBS)
    @rule(agents=st.integers(1, 5), questions=SMALL, iterations=st.integers(1, 2), strangers=st.booleans())
    def submit(self, agents: int, questions: int, iterations: int, strangers: bool) -> None:
        planned = plan_job(agents=agents, questions=questions, iterations=iterations, strangers=strangers)
        self.traffic.submit(planned)

    @precondition(lambda self: self._room and self.traffic.impatient)
    @rule(which=PLACES)
    def hear(self, which: int) -> None:
        impatient = self.traffic.impatient
        self.world.go_on(self.traffic.hear(impatient[which % len(impatient)]))

    @precondition(lambda self: self._room and self.traffic.waiting)
    @rule(which=PLACES)
    def deliver_one(self, which: int) -> None:
        waiting = self.traffic.waiting
        invocation = self.traffic.deliver(waiting[which % len(waiting)])
        if invocation is not None:
            self.world.go_on(invocation)

    @precondition(lambda self: self._room and self.traffic.delivered)
    @rule(which=SMALL)
    def deliver_a_duplicate(self, which: int) -> None:
        self.world.go_on(self.traffic.deliver_again(which - 1))

    @precondition(lambda self: self._room and self.traffic.waiting)
    @rule(place=st.sampled_from(DANGEROUS), seconds=st.sampled_from([0, 10, 31, 61]), wake=st.booleans())
    def deliver_twice_at_once(self, place: str, seconds: int, wake: bool) -> None:
        """Let one function stand still at some place while another one is handed the same message."""
        self.world.sleep_at = place
        first = self.traffic.deliver(self.traffic.waiting[-1])
        self._run_awake()
        self.world.sleep_at = None
        self.world.pass_time(seconds)
        if first is not None:
            self.traffic.deliver_again(0)
        self._run_awake()
        if wake and first in self.world.running:
            first.asleep = 0

    def _run_awake(self) -> None:
        while self.world.awake:
            self.world.go_on(self.world.awake[0])

    @precondition(lambda self: self.world.running)
    @rule(which=PLACES)
    def go_on(self, which: int) -> None:
        chosen = self.world.running[which % len(self.world.running)]
        chosen.asleep = 0
        self.world.go_on(chosen)

    @rule(times=st.integers(1, 8))
    def carry_on(self, times: int) -> None:
        """Let the awake do what there is to do, so much of it."""
        for _ in range(times):
            if self.world.awake:
                self.world.go_on(self.world.awake[0])
            elif self.traffic.impatient:
                self.traffic.hear(self.traffic.impatient[0])
            elif self.traffic.waiting:
                self.traffic.deliver(self.traffic.waiting[0])

    @rule(place=st.sampled_from(DANGEROUS))
    def sleep_next_at(self, place: str) -> None:
        self.world.sleep_at = place

    @precondition(lambda self: self.world.running)
    @rule(which=PLACES)
    def kill(self, which: int) -> None:
        self.world.end(self.world.running[which % len(self.world.running)])

    @rule(place=st.sampled_from(DANGEROUS))
    def crash_next_at(self, place: str) -> None:
        self.world.crash_at = place

    @rule(fault=st.sampled_from(FAULTS), skip=PLACES)
    def a_request_fails(self, fault: Fault, skip: int) -> None:
        self.world.stage.aws.faults.plan(fault, skip=skip)

    @rule(seconds=st.sampled_from([1, 10, 31, 61, 900]))
    def pass_time(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self._room)
    @rule()
    def sweep(self) -> None:
        self.world.go_on(self.traffic.sweep())

    @invariant()
    def what_always_holds(self) -> None:
        self.promises.always()

    @property
    def _room(self) -> bool:
        return len(self.world.running) < MOST_AT_ONCE

    def teardown(self) -> None:
        try:
            come_to_rest(self.traffic)
            self.promises.at_rest()
        finally:
            self.stack.close()


TestMachine = PerchMachine.TestCase
TestMachine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
