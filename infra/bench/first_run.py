"""``make bench-first-run``: what it costs a run that its answers are kept in the account's cache.

The same interviews, two questions to edsl's test model, are run without the cache and with an empty one
for their prompts, turn by turn in one stack that nobody watches. That model answers at once, so that
nothing hides the entries' time.
"""

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from infra.bench.client import JobError
from infra.bench.plan import WORKERS
from infra.bench.reporting.user_targets import FIRST_RUN
from infra.bench.runs.cached_run import FIRST, OFF, switch
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.remote_run import RemoteRun, run_payload
from infra.bench.stack import BenchError, BenchStack

INTERVIEWS = 1000
TURNS = 8
WIDTH = 118
Runs = Mapping[str, Sequence[RemoteRun]]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-first-run", description=__doc__)
    parser.add_argument("--interviews", type=int, default=INTERVIEWS)
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    console = Console(width=WIDTH)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with BenchStack(workers=WORKERS, watched=False) as stack:
            runs = take_turns(stack, given.interviews, given.turns)
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(table_of(runs, given.interviews))
    console.print(f"Wanted of the seconds: at most {1 + FIRST_RUN:.2f} ×.")
    return 0


def take_turns(stack: BenchStack, interviews: int, turns: int) -> Runs:
    """Run the job in both ways, turn by turn; the first turn warms up and does not count."""
    runs: dict[str, list[RemoteRun]] = {OFF: [], FIRST: []}
    for turn in range(turns + 1):
        payload = payload_of(interviews, fresh_salt())
        for way in reversed(runs) if turn % 2 else runs:
            switch(stack, on=way == FIRST)
            run = run_payload(stack, payload, interviews)
            if turn:
                runs[way].append(run)
    return runs


def table_of(runs: Runs, interviews: int) -> Table:
    """Return what was found: seconds, and each part's processor time for an interview."""
    table = Table(title=f"{interviews:,} two-question interviews, edsl's test model: median (least–most)")
    table.add_column("")
    for title in (OFF, FIRST, "ratio of the medians (of the least)"):
        table.add_column(title, justify="right")
    table.add_row("seconds", *_cells([[run.seconds for run in runs[way]] for way in (OFF, FIRST)]))
    for part in runs[OFF][0].cpu_seconds:
        milliseconds = [
            [run.cpu_seconds[part] * 1000 / interviews for run in runs[way]] for way in (OFF, FIRST)
        ]
        table.add_row(f"{part}, processor ms each", *_cells(milliseconds))
    return table


def _cells(numbers: Sequence[Sequence[float]]) -> list[str]:
    off, first = numbers
    shown = [f"{median(some):.2f} ({min(some):.2f}–{max(some):.2f})" for some in numbers]
    ratio = f"{median(first) / median(off):.2f} ({min(first) / min(off):.2f})" if min(off) else ""
    return [*shown, ratio]


if __name__ == "__main__":
    sys.exit(main())
