"""Many one-question interviews with a model that takes its time: how many calls are in flight?"""

from collections.abc import Callable
from dataclasses import dataclass

from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import Plan
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.remote_run import run_payload
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchStack

MODEL = "slow-model"


@dataclass(frozen=True)
class SlowRuns:
    """``in_flight`` is the most at once, over all workers; ``prompts`` what one run was charged for."""

    interviews: int
    call_seconds: float
    seconds: Measured
    prompts: int
    in_flight: int
    in_flight_a_worker: float
    worker_peak: float


def run_slowly(stack: BenchStack, model: SlowModel, plan: Plan, say: Callable[[str], None]) -> SlowRuns:
    """Run the job as often as the plan says."""
    seconds, counts, peaks = [], [], []
    for _ in range(plan.slow_repetitions):
        payload = payload_of(plan.slow_interviews, fresh_salt(), MODEL)
        model.counts()
        run = run_payload(stack, payload, plan.slow_interviews)
        counts.append(model.counts())
        seconds.append(run.seconds)
        peaks.append(run.peaks["worker"])
        say(f"{plan.slow_interviews:>6,} interviews  {'a model of 2 s a call':<24} {run.seconds:7.2f} s")
    most = max(count["most_in_flight"] for count in counts)
    return SlowRuns(
        interviews=plan.slow_interviews,
        call_seconds=model.seconds,
        seconds=measured(seconds),
        prompts=max(count["prompts"] for count in counts),
        in_flight=most,
        in_flight_a_worker=most / stack.workers,
        worker_peak=max(peaks),
    )
