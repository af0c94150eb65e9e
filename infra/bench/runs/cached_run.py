"""The account's cache: the same job without it, with an empty one, and sent again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.bench.meters.costs import Costs, costs_of
from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import Plan
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.remote_run import RemoteRun, run_payload
from infra.bench.runs.slow_run import MODEL
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchStack

OFF, FIRST, AGAIN = "cache off", "first run", "sent again"
LOOKUP = "dynamodb:BatchGetItem"
"""What a worker asks the cache with; it asks nothing else this way."""
ALIKE, ALIKE_SLICES = 40, 4
"""Interviews that ask the same, and how many slices of ten Perch makes of them."""


@dataclass(frozen=True)
class CachedJob:
    """A job to be sent with and without a cache."""

    name: str
    prompts: int
    """Each interview's."""
    model: str | None
    """None: edsl's test model, which is asked within the worker."""
    dependent: bool
    """Whether prompts wait for earlier answers."""


JOBS = (
    CachedJob("one question, 2 s a call", 1, MODEL, dependent=False),
    CachedJob("two questions, the second quotes the first", 2, None, dependent=True),
)


@dataclass(frozen=True)
class CachedLine:
    """One job in one way: ``lookups`` are requests of DynamoDB for 100 prompts."""

    job: str
    way: str
    dependent: bool
    seconds: Measured
    model_calls: int | None
    lookups: float
    costs: Costs


@dataclass(frozen=True)
class CachedRuns:
    """All of them; ``alike_calls`` is how often a model was asked for prompts that are the same."""

    interviews: int
    lines: list[CachedLine]
    alike: int
    alike_calls: int


def switch(stack: BenchStack, *, on: bool) -> None:
    """Switch the cache of the bench's account on or off."""
    stack.caller().ask("PATCH", "/api/v0/edsl-settings", {"remote_caching": on})


@dataclass(frozen=True)
class _Asked:
    """One run, and how often it called the model."""

    run: RemoteRun
    interviews: int
    calls: int


Watched = Mapping[tuple[str, str], _Asked]
"""One run of each job in each way, in a stack that is watched."""


@dataclass(frozen=True)
class CachedBench:
    """The jobs in one stack; whatever is run, the cache is switched off afterwards."""

    stack: BenchStack
    model: SlowModel
    plan: Plan
    say: Callable[[str], None]

    def look(self) -> Watched:
        """Run each job once in each way, in a stack that is watched."""
        seen = {(job.name, way): runs[0] for job in JOBS for way, runs in self._ask(job, 1).items()}
        switch(self.stack, on=False)
        return seen

    def run(self, seen: Watched, megabytes: Mapping[str, int]) -> CachedRuns:
        """Run the jobs as often as the plan says."""
        lines = []
        for job in JOBS:
            for way, asked in self._ask(job, self.plan.cached_repetitions).items():
                lines.append(_line(job, way, asked, seen[job.name, way], megabytes))
        switch(self.stack, on=True)
        self.model.counts()
        run_payload(self.stack, payload_of(ALIKE, fresh_salt(), MODEL, alike=True), ALIKE)
        calls = self.model.counts()["prompts"]
        switch(self.stack, on=False)
        return CachedRuns(self.plan.slow_interviews, lines, ALIKE, calls)

    def _ask(self, job: CachedJob, repetitions: int) -> dict[str, list[_Asked]]:
        """Run a job in each way, which take turns; its prompts are new in each round."""
        found: dict[str, list[_Asked]] = {way: [] for way in (OFF, FIRST, AGAIN)}
        interviews = self.plan.slow_interviews
        for _ in range(repetitions):
            payload = payload_of(interviews, fresh_salt(), job.model)
            for way, runs in found.items():
                switch(self.stack, on=way != OFF)
                self.model.counts()
                run = run_payload(self.stack, payload, interviews)
                runs.append(_Asked(run, interviews, self.model.counts()["prompts"]))
                self.say(f"{interviews:>6,} interviews  {job.name}, {way:<12} {run.seconds:7.2f} s")
        return found


def _line(
    job: CachedJob, way: str, asked: Sequence[_Asked], seen: _Asked, megabytes: Mapping[str, int]
) -> CachedLine:
    interviews = seen.interviews
    return CachedLine(
        job=job.name,
        way=way,
        dependent=job.dependent,
        seconds=measured([each.run.seconds for each in asked]),
        # The most of any run: what is wanted is wanted of each.
        model_calls=max(each.calls for each in [*asked, seen]) if job.model else None,
        lookups=seen.run.counts["worker"][LOOKUP] * 100 / (job.prompts * interviews),
        costs=costs_of([seen.run.counts], interviews=interviews, megabytes=megabytes),
    )
