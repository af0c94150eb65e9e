"""How large a worker should be: the same job with workers that get the share of a core of each size."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.bench.meters import prices
from infra.bench.meters.samples import Measured, measured
from infra.bench.meters.throttle import Throttle, possible, share_of
from infra.bench.plan import Plan
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.remote_run import RemoteRun, run_payload
from infra.bench.runs.slow_run import MODEL
from infra.bench.stack import BenchStack


@dataclass(frozen=True)
class WorkerSize:
    """One size: how long a job takes with such workers, and what they cost for 1,000 interviews.

    ``waiting`` is the model of 2 s a call, ``answering`` edsl's test model, which leaves the worker
    nothing to wait for.
    """

    megabytes: int
    share: float
    waiting: Measured
    waiting_dollars: float
    answering: Measured
    answering_dollars: float


def try_sizes(stack: BenchStack, plan: Plan, say: Callable[[str], None]) -> list[WorkerSize]:
    """Run both jobs with each size the plan names; none where processes cannot be held back."""
    if not possible():
        return []
    sizes = []
    for megabytes in plan.worker_megabytes:
        waiting = [_run(stack, plan.slow_interviews, megabytes, MODEL) for _ in range(plan.slow_repetitions)]
        answering = [_run(stack, plan.slow_interviews, megabytes, None) for _ in range(plan.slow_repetitions)]
        size = WorkerSize(
            megabytes=megabytes,
            share=share_of(megabytes),
            waiting=measured([run.seconds for run in waiting]),
            waiting_dollars=_dollars(waiting, megabytes, plan.slow_interviews),
            answering=measured([run.seconds for run in answering]),
            answering_dollars=_dollars(answering, megabytes, plan.slow_interviews),
        )
        say(f"workers of {megabytes:,} MB: {size.waiting.median:.2f} s and {size.answering.median:.2f} s")
        sizes.append(size)
    return sizes


def _run(stack: BenchStack, interviews: int, megabytes: int, model: str | None) -> RemoteRun:
    payload = payload_of(interviews, fresh_salt(), model)
    workers = [process.pid for process in stack.functions()["worker"]]
    with Throttle(workers, share_of(megabytes)):
        return run_payload(stack, payload, interviews)


def _dollars(runs: list[RemoteRun], megabytes: int, interviews: int) -> float:
    """Return the median run's dollars for 1,000 interviews, the workers' alone."""
    counts = [run.counts["worker"] for run in runs]
    dollars = [
        prices.lambda_dollars(invocations=count["invocations"], seconds=count["seconds"], megabytes=megabytes)
        for count in counts
    ]
    return measured(dollars).median * 1000 / interviews
