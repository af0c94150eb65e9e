"""``make bench-limits``: two workers, and a provider that refuses more than so many requests a minute.

Once the operator's table says how many, and once nobody knows. The first seconds, in which the workers find
out, are not counted, nor are the last ones, in which there is nothing left to ask.
"""

import argparse
import signal
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from infra.bench.client import JobError
from infra.bench.limited_model import LimitedModel
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.slow_run import MODEL
from infra.bench.stack import BenchError, BenchStack

WORKERS = 2
FIRST_SECONDS = 10.0
LAST_SECONDS = 5.0
MOST_SECONDS = 1800.0
WIDTH = 118
KNOWN, UNKNOWN = "in the table", "nobody knows it"


@dataclass(frozen=True)
class Interviews:
    """Those of a run, and those of them that were answered."""

    sent: int
    answered: int


@dataclass(frozen=True)
class Limited:
    """One run: requests in its first seconds and afterwards, and what became of the interviews."""

    way: str
    interviews: Interviews
    seconds: float
    first_refused: float
    refused: float
    throughput: float
    """Of the limit."""


def main() -> int:
    """Measure and print it; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-limits", description=__doc__)
    parser.add_argument("--rate", type=int, default=600, help="requests a minute that the provider takes")
    parser.add_argument("--seconds", type=float, default=90.0, help="that the run takes at that rate")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=WIDTH)
    interviews = int(given.rate * given.seconds / 60)
    try:
        found = [measure(way, given.rate, interviews) for way in (KNOWN, UNKNOWN)]
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    show(found, given.rate, console)
    return 0


def measure(way: str, rate: int, interviews: int) -> Limited:
    """Run one job. Raises BenchError, JobError."""
    limit = f" rpm={rate}" if way == KNOWN else ""
    with (
        LimitedModel(rate) as model,
        BenchStack(workers=WORKERS, services=[f"openai={model.address}/v1=bench-key{limit}"]) as stack,
    ):
        # Both workers have started, and have run a job.
        stack.caller().run(payload_of(WORKERS * 30, fresh_salt()), seconds=MOST_SECONDS)
        payload = payload_of(interviews, fresh_salt(), MODEL)
        _, results = stack.caller().run(payload, seconds=MOST_SECONDS)
        came = model.came()
    good = sum(row["answer"]["opinion_0"] is not None for row in results["data"])
    return summed_up(way, rate, came, Interviews(interviews, good))


def summed_up(way: str, rate: int, came: list[tuple[float, bool]], interviews: Interviews) -> Limited:
    """Sum up what a provider saw."""
    began, ended = came[0][0], came[-1][0]
    start, stop = began + FIRST_SECONDS, ended - LAST_SECONDS
    first = [taken for second, taken in came if second < start]
    steady = [taken for second, taken in came if start <= second < stop]
    return Limited(
        way=way,
        interviews=interviews,
        seconds=ended - began,
        first_refused=first.count(False) / len(first),
        refused=steady.count(False) / len(steady),
        throughput=steady.count(True) / (stop - start) / (rate / 60),
    )


def show(found: list[Limited], rate: int, console: Console) -> None:
    """Print what was found."""
    table = Table(title=f"Two workers, and a provider that takes {rate} requests a minute")
    for title in (
        *("the limit", "interviews", "lost", "seconds", f"refused, first {FIRST_SECONDS:g} s"),
        *("refused then", "of the limit"),
    ):
        table.add_column(title, justify="right")
    for each in found:
        lost = each.interviews.sent - each.interviews.answered
        table.add_row(
            *(each.way, f"{each.interviews.sent:,}", str(lost), f"{each.seconds:.1f}"),
            *(f"{each.first_refused:.1%}", f"{each.refused:.2%}", f"{each.throughput:.1%}"),
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
