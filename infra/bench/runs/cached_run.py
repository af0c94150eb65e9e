"""The account's cache: the same job without it, with an empty one, and sent again."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.bench.meters.costs import Costs, costs_of
from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import Plan
from infra.bench.runs.job_payload import payload_of
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


def run_cached(
    stack: BenchStack, model: SlowModel, plan: Plan, megabytes: Mapping[str, int], say: Callable[[str], None]
) -> CachedRuns:
    """Run the jobs as often as the plan says, and leave the cache switched off."""
    lines = []
    for job in JOBS:
        for way, asked in _ask(stack, model, plan, job, say).items():
            lines.append(_line(job, way, asked, plan.slow_interviews, megabytes))
    switch(stack, on=True)
    model.counts()
    run_payload(stack, payload_of(ALIKE, uuid.uuid4().hex[:8], MODEL, alike=True), ALIKE)
    calls = model.counts()["prompts"]
    switch(stack, on=False)
    return CachedRuns(plan.slow_interviews, lines, ALIKE, calls)


def switch(stack: BenchStack, *, on: bool) -> None:
    """Switch the cache of the bench's account on or off."""
    stack.caller().ask("PATCH", "/api/v0/edsl-settings", {"remote_caching": on})


@dataclass(frozen=True)
class _Asked:
    """One run, and how often it called the model."""

    run: RemoteRun
    calls: int


def _ask(
    stack: BenchStack, model: SlowModel, plan: Plan, job: CachedJob, say: Callable[[str], None]
) -> dict[str, list[_Asked]]:
    """Run a job in each way, which take turns; its prompts are new in each round."""
    found: dict[str, list[_Asked]] = {way: [] for way in (OFF, FIRST, AGAIN)}
    for _ in range(plan.cached_repetitions):
        payload = payload_of(plan.slow_interviews, uuid.uuid4().hex[:8], job.model)
        for way, runs in found.items():
            switch(stack, on=way != OFF)
            model.counts()
            run = run_payload(stack, payload, plan.slow_interviews)
            runs.append(_Asked(run, model.counts()["prompts"]))
            say(f"{plan.slow_interviews:>6,} interviews  {job.name}, {way:<12} {run.seconds:7.2f} s")
    return found


def _line(
    job: CachedJob, way: str, asked: Sequence[_Asked], interviews: int, megabytes: Mapping[str, int]
) -> CachedLine:
    lookups = [each.run.counts["worker"][LOOKUP] * 100 / (job.prompts * interviews) for each in asked]
    return CachedLine(
        job=job.name,
        way=way,
        dependent=job.dependent,
        seconds=measured([each.run.seconds for each in asked]),
        # The most of any run: what is wanted is wanted of each.
        model_calls=max(each.calls for each in asked) if job.model else None,
        lookups=max(lookups),
        costs=costs_of([each.run.counts for each in asked], interviews=interviews, megabytes=megabytes),
    )
