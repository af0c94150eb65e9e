"""``make bench``: measure everything, print it, write it down."""

import argparse
import signal
import sys
import time
from datetime import UTC, datetime

from rich.console import Console

from chalicelib.settings import Settings
from infra.bench.client import JobError
from infra.bench.meters.memory import shared_pages_count_once
from infra.bench.plan import PLANS, SLOW_SECONDS, WORKERS, Plan
from infra.bench.reporting.document import fill
from infra.bench.reporting.plot import plot
from infra.bench.reporting.report import Report, machine
from infra.bench.reporting.table import show
from infra.bench.reporting.targets import targets
from infra.bench.runs.cached_run import CachedBench, switch
from infra.bench.runs.comparison import compare, look_at_each
from infra.bench.runs.first_answers import first_answers
from infra.bench.runs.job_payload import payload_of
from infra.bench.runs.latency import Latency, Route, measure, routes_of
from infra.bench.runs.sizing import try_sizes
from infra.bench.runs.slow_run import run_slowly
from infra.bench.runs.sync_run import run_sync
from infra.bench.runs.table_looks import look_apart
from infra.bench.runs.users_wait import wait_as_users_do
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchError, BenchStack
from infra.local.stage import API_FUNCTION, read_stage
from infra.repository import ROOT

RESULTS = ROOT / "benchmarks"
TUNED = ("slice_size", "smallest_slice", "workers_to_fill", "window", "calls_in_flight")
DOCUMENTED = "all"
WIDTH = 118
console = Console(width=WIDTH)


def main() -> int:
    """Run the bench; return its exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", choices=sorted(PLANS), default="all")
    plan = PLANS[parser.parse_args().size]
    # make and a terminal's Ctrl-C must both end in the same orderly stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        report = run(plan)
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    except KeyboardInterrupt:
        return 130
    show(report, console)
    if report.size == DOCUMENTED:
        fill(ROOT / "docs" / "performance.md", report)
    report.write(RESULTS / "latest.json")
    facts = f"{report.machine['cores']} cores, {report.date[:10]}; bars: fastest to slowest run"
    (RESULTS / "latest.svg").write_text(plot(report.lines, facts))
    console.print(
        f"Written to benchmarks/latest.json and latest.svg, after {time.monotonic() - started:.0f} s."
    )
    return 0


def run(plan: Plan) -> Report:
    """Measure what a plan says. Raises BenchError or JobError."""
    facts, date = machine(), datetime.now(UTC).isoformat(timespec="seconds")
    with SlowModel(SLOW_SECONDS) as model:
        services = [f"openai={model.address}/v1=bench-key"]
        with BenchStack(workers=WORKERS, services=services) as stack:
            console.print("First what is counted, in a stack that is watched; it takes longer there.")
            facts["memory_measured_as"] = _memory_measure(stack)
            _begin(stack)
            megabytes = _megabytes(stack)
            seen = look_at_each(stack, plan, console.print)
            slow = run_slowly(stack, model, plan, console.print)
            seen_cached = CachedBench(stack, model, plan, console.print).look()
            worker_sizes = try_sizes(stack, plan, console.print)
        with BenchStack(workers=WORKERS, services=services, watched=False) as stack:
            console.print("Now what is timed, in a stack that nobody watches.")
            routes = _begin(stack)
            switch(stack, on=True)
            waits = wait_as_users_do(stack, plan.waits, console.print)
            switch(stack, on=False)
            lines = compare(stack, plan, seen, megabytes, console.print)
            cached = CachedBench(stack, model, plan, console.print).run(seen_cached, megabytes)
            synced = run_sync(stack, plan.synced_entries, console.print)
            latencies: list[Latency] = []
            for route in routes:
                for connections, requests in plan.requests.items():
                    latencies.append(measure(stack, route, connections=connections, requests=requests))
    results_table = look_apart(plan.table_interviews, console.print)
    cold_starts = first_answers(plan.cold_starts)
    api = next(start.seconds for start in cold_starts if start.function == API_FUNCTION)
    return Report(
        size=plan.name,
        date=date,
        machine=facts,
        settings={name: Settings.model_fields[name].default for name in TUNED},
        waits=waits,
        lines=lines,
        slow=slow,
        cached=cached,
        synced=synced,
        results_table=results_table,
        latencies=latencies,
        cold_starts=cold_starts,
        worker_sizes=worker_sizes,
        targets=targets(
            *(lines, slow, cached, synced),
            waits=waits,
            results_table=results_table,
            api_seconds=api.median if api else None,
        ),
    )


def _begin(stack: BenchStack) -> list[Route]:
    """Have each function run once before anything is measured, and the cache off: every run asks its model.

    Return routes to ask.
    """
    routes = routes_of(stack.caller(), payload_of(WORKERS * 30, "first"))
    switch(stack, on=False)
    return routes


def _memory_measure(stack: BenchStack) -> str:
    seen = shared_pages_count_once(stack.functions()["worker"][0])
    return "PSS" if seen else "RSS (pages that processes share count for each of them)"


def _megabytes(stack: BenchStack) -> dict[str, int]:
    stage = read_stage(ROOT / ".chalice" / "config.json")
    return {name: stage.limits(name).megabytes for name in [API_FUNCTION, *stack.functions()]}


if __name__ == "__main__":
    sys.exit(main())
