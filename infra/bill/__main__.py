"""``make bill``: what a job costs in an AWS account, part by part, and a month of a million interviews.

Needs no stack and no account: it goes by what was counted (``make bill-counts``).
"""

import argparse
import json
import math
import sys

from rich.console import Console
from rich.table import Table

from infra.bench.meters import prices
from infra.bench.meters.throttle import share_of
from infra.bill.bill import WORKER, Bill, bill_of
from infra.bill.counted import read_counted
from infra.bill.fit import fitted
from infra.bill.planned import Asked, window
from infra.bill.standing import standing
from infra.local.stage import API_FUNCTION, Stage, read_stage
from infra.repository import ROOT

A_MONTH = 1_000_000
SMALLEST_SHOWN = 5e-7
WIDTH = 110


def main() -> int:
    """Print the bill; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bill", description=__doc__)
    parser.add_argument("--interviews", type=_whole, default=1000)
    parser.add_argument("--questions", type=_whole, default=3)
    parser.add_argument("--seconds-per-call", type=_positive, default=2.0)
    parser.add_argument("--entry-bytes", type=_whole, default=1500)
    parser.add_argument("--cache", choices=("on", "off"), default="on")
    given = parser.parse_args()
    asked = Asked(
        given.interviews, given.questions, given.seconds_per_call, given.entry_bytes, given.cache == "on"
    )
    counted, stage = read_counted(), read_stage(ROOT / ".chalice" / "config.json")
    bill = bill_of(asked, fitted([job for job in counted.jobs if job.cached == asked.cached]), stage)
    console = Console(width=WIDTH, highlight=False)
    _print_job(console, bill, counted.date)
    _print_month(console, bill, standing(counted.jobs, stage))
    console.print(_cold(bill, stage))
    console.print("Not in it: models, logs, traces, what is stored, and bytes that leave AWS.", style="dim")
    return 0


def _print_job(console: Console, bill: Bill, date: str) -> None:
    asked = bill.asked
    table = Table(title=f"One job, {prices.REGION}, prices of {prices.TAKEN}", title_justify="left")
    table.add_column("part", no_wrap=True)
    for title in ("US$", "share"):
        table.add_column(title, justify="right")
    small = 0.0
    for part, amount in sorted(bill.dollars.items(), key=lambda each: -each[1]):
        if amount < SMALLEST_SHOWN:
            small += amount
        else:
            table.add_row(part, f"{amount:.6f}", f"{amount / bill.total:.1%}")
    table.add_row("what is smaller", f"{small:.6f}", f"{small / bill.total:.1%}")
    table.add_section()
    table.add_row("all", f"{bill.total:.6f}", "100%")
    table.add_section()
    for part, amount in bill.floor.items():
        table.add_row(f"floor: {part}", f"{amount:.6f}", f"{amount / bill.total:.1%}")
    console.print(
        f"{asked.interviews:,} interviews of {asked.questions} questions, "
        f"{asked.seconds_per_call:g} s a call; the cache is {'on' if asked.cached else 'off'}; "
        f"an entry has {asked.entry_bytes:,} bytes, "
        f"{bill.units_an_entry} write unit{'s' if bill.units_an_entry > 1 else ''}.\n"
        f"{bill.size.slices:g} slices, {bill.size.worker_seconds:.1f} s of workers; done after "
        f"{bill.seconds:.1f} s, of which its client's status requests are held for "
        f"{bill.waited.held_seconds:.1f} s. Counted on {date}."
    )
    console.print(table)


def _print_month(console: Console, bill: Bill, parts: dict[str, float]) -> None:
    jobs = A_MONTH / bill.asked.interviews
    table = Table(title=f"A month of {A_MONTH:,} interviews", title_justify="left")
    table.add_column("part", no_wrap=True)
    table.add_column("US$", justify="right")
    table.add_row(f"{jobs:,.0f} such jobs", f"{jobs * bill.total:.2f}")
    for part, amount in parts.items():
        table.add_row(f"whether or not it is used: {part}", f"{amount:.2f}")
    table.add_section()
    table.add_row("all", f"{jobs * bill.total + sum(parts.values()):.2f}")
    console.print(table)


def _cold(bill: Bill, stage: Stage) -> str:
    """Return what new environments would add, by the last ``make bench``."""
    told = json.loads((ROOT / "benchmarks" / "latest.json").read_text())["cold_starts"]
    starts = {each["function"]: each["seconds"]["median"] for each in told if each["seconds"]}
    numbers = {WORKER: min(bill.size.slices, window()), "dispatcher": 1, "finalizer": 1, API_FUNCTION: 2}
    dollars = 0.0
    for function, number in numbers.items():
        megabytes = stage.limits(function).megabytes
        seconds = starts.get(function, starts[WORKER]) / share_of(megabytes)
        dollars += prices.lambda_dollars(invocations=0, seconds=number * seconds, megabytes=megabytes)
    return f"If all its environments are new, starting them adds US${dollars:.6f}."


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())
