"""``make bench-memory``: how much memory the local AWS takes for one large job, and what it leaves on disk.

A job of 50,000 interviews of two questions, through the whole local stack, with the account's cache on, as
accounts have it, and off.
"""

import argparse
import signal
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from infra.bench.client import JobError
from infra.bench.meters.memory import megabytes_of
from infra.bench.runs.cached_run import switch
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.remote_run import run_payload
from infra.bench.stack import LOCAL_AWS, BenchError, BenchStack

WORKERS = 2
INTERVIEWS = 50_000
WIDTH = 118


@dataclass(frozen=True)
class Held:
    """One job: its seconds, and the local AWS's memory in MB at its start, at the most, and after its end."""

    seconds: float
    before: float
    peak: float
    after: float


def main() -> int:
    """Measure and print it; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-memory", description=__doc__)
    parser.add_argument("--interviews", type=int, default=INTERVIEWS)
    parser.add_argument("--cache", choices=["on", "off"], action="append", help="both unless told")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=WIDTH)
    table = Table(title=f"The local AWS's memory, MB: {given.interviews:,} interviews")
    for title in ("cache", "seconds", "at the start", "at the most", "after the job"):
        table.add_column(title, justify="right")
    try:
        for cache in given.cache or ("off", "on"):
            held = measure(given.interviews, cached=cache == "on")
            numbers = [f"{number:.0f}" for number in (held.before, held.peak, held.after)]
            table.add_row(cache, f"{held.seconds:.1f}", *numbers)
            console.print(f"cache {cache}: {numbers[1]} MB at the most")
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(table)
    return 0


def measure(interviews: int, *, cached: bool) -> Held:
    """Run one job in a stack of its own. Raises BenchError, JobError."""
    payload = payload_of(interviews, fresh_salt())
    with BenchStack(workers=WORKERS) as stack:
        switch(stack, on=cached)
        (process,) = stack.parts()[LOCAL_AWS]
        before = megabytes_of(process)
        run = run_payload(stack, payload, interviews)
        return Held(run.seconds, before, run.peaks[LOCAL_AWS], megabytes_of(process))


if __name__ == "__main__":
    sys.exit(main())
