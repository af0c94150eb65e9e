"""The dispatchers: jobs wait for one, are planned, and become runs with their first slices open."""

from collections import deque
from collections.abc import Callable

from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from infra.bill.planned import largest_slice
from infra.scale import times
from infra.scale.clock import Clock
from infra.scale.flows import EventSource
from infra.scale.scenario import ScaleJob, Scenario

DISPATCHERS = 50
"""So many at once at the most: the account's others are for workers."""


class Planner:
    """Plans jobs as they come."""

    def __init__(
        self, clock: Clock, scenario: Scenario, planned: Callable[[Run, tuple[Slice, ...]], None]
    ) -> None:
        """``planned`` is told each run and its first slices."""
        self._clock = clock
        self._scenario = scenario
        self._planned = planned
        self._source = EventSource(scenario.published, DISPATCHERS)
        self._waiting: deque[tuple[str, ScaleJob]] = deque()
        self._working = 0

    @property
    def busy(self) -> bool:
        """Tell whether jobs are still to be planned."""
        return bool(self._waiting or self._working)

    def add(self, job_id: str, job: ScaleJob) -> None:
        """Take a job that has come."""
        self._waiting.append((job_id, job))
        self._go_on()

    def _go_on(self) -> None:
        now = self._clock.now
        if self._source.waiting_since is None and self._waiting:
            self._source.waiting_since = now
        while self._waiting and self._working < self._source.allowed(now):
            job_id, job = self._waiting.popleft()
            self._working += 1
            took = times.PLANNING + times.PLANNING_AN_INTERVIEW * job.interviews
            self._clock.at(now + took, self._done, job_id, job)
        if not self._waiting:
            self._source.waiting_since = None
        elif self._working < DISPATCHERS:
            self._clock.at(now + 1.0, self._go_on)

    def _done(self, job_id: str, job: ScaleJob) -> None:
        self._working -= 1
        size = largest_slice(self._scenario.asked(job.interviews))
        questions = self._scenario.questions
        planned = Run(job_id, 1, job.interviews, size, questions, started_at=self._clock.moment)
        self._planned(*planned.open(self._scenario.window))
        self._go_on()
