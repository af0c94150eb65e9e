"""``make bill-counts``: run jobs of several sizes in a local stack and write down what they asked of AWS."""

import sys
import uuid
from datetime import UTC, datetime

from rich.console import Console

from infra.bench.client import JobError
from infra.bench.meters.busy import ENGINE, WORKER
from infra.bench.reporting.report import machine
from infra.bench.runs.cached_run import switch
from infra.bench.runs.job_payload import payload_of
from infra.bench.runs.remote_run import RemoteRun, run_payload
from infra.bench.runs.slow_run import MODEL
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchError, BenchStack
from infra.bill.counted import CPU, FILE, Counted, CountedJob, write_counted
from infra.local.stage import API_FUNCTION
from infra.repository import ROOT

WORKERS = 2
SIZES = ((40, 1, 2.0), (40, 3, 8.0), (250, 3, 2.0), (1000, 1, 2.0), (1000, 3, 2.0), (2000, 2, 1.0))
"""Interviews, questions of each, and seconds a call: different enough to tell what grows with what."""
console = Console()


def main() -> int:
    """Count, write down; return the exit code."""
    jobs: list[CountedJob] = []
    try:
        for seconds in sorted({size[2] for size in SIZES}):
            jobs += _counted_with(seconds)
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    jobs.sort(key=lambda job: (job.cached, job.calls))
    date = datetime.now(UTC).date().isoformat()
    write_counted(Counted(date, machine()["packages"], tuple(jobs)))
    console.print(f"Written to {FILE.relative_to(ROOT)}.")
    return 0


def _counted_with(seconds: float) -> list[CountedJob]:
    """Count the jobs whose calls take so long."""
    jobs = []
    with (
        SlowModel(seconds) as model,
        BenchStack(workers=WORKERS, services=[f"openai={model.address}/v1=bench-key"]) as stack,
    ):
        run_payload(stack, payload_of(WORKERS * 30, "first", MODEL), WORKERS * 30)  # each function has begun
        for cached in (True, False):
            switch(stack, on=cached)
            for interviews, questions, its_seconds in SIZES:
                if its_seconds == seconds:
                    payload = payload_of(interviews, uuid.uuid4().hex[:8], MODEL, questions=questions)
                    run = run_payload(stack, payload, interviews)
                    jobs.append(counted_job(run, interviews, questions, seconds, cached=cached))
                    console.print(
                        f"{interviews:>6,} × {questions}, {seconds:g} s a call: {run.seconds:.1f} s"
                    )
    return jobs


def counted_job(
    run: RemoteRun, interviews: int, questions: int, seconds_per_call: float, *, cached: bool
) -> CountedJob:
    """Return what one run asked for."""
    counts: dict[str, dict[str, float]] = {
        name: dict(found) for name, found in run.counts.items() if found.get("invocations")
    }
    for name, found in counts.items():
        engine = run.cpu_seconds.get(ENGINE, 0.0) if name == WORKER else 0.0
        found[CPU] = run.cpu_seconds.get(name, 0.0) + engine
    return CountedJob(
        interviews,
        questions,
        seconds_per_call,
        cached,
        # One row file a slice, and nothing else, is what a worker writes to S3.
        slices=int(counts[WORKER]["s3:PutObject"]),
        held_seconds=counts[API_FUNCTION]["seconds"],
        counts=counts,
    )


if __name__ == "__main__":
    sys.exit(main())
