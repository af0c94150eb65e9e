"""``make scale``: print the tables of docs/scale.md. ``--size small`` takes seconds, all of it minutes."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table

from chalicelib.domain.providers.places import renewal_of
from infra.bill.planned import setting
from infra.scale.environment import held_by_an_environment
from infra.scale.marks import look_units, places_units
from infra.scale.outcome import Result, part
from infra.scale.published import AS_IT_COMES
from infra.scale.scenario import Scenario, limited, many_accounts, one_large, warm
from infra.scale.simulation import Simulation
from infra.scale.times import LOOK

WIDTH = 170
WIDEST_WINDOW = 90


def main() -> int:
    """Print all tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--size", choices=("small", "all"), default="all")
    size = parser.parse_args().size
    console = Console(width=WIDTH, highlight=False)
    results = []
    for scenario in scenarios(size):
        results.append(Simulation(scenario).run())
        console.print(f"{scenario.name}: {results[-1].seconds:,.0f} s", style="dim")
    for table in (large_jobs(results), other_accounts(results), *of_one_item(), an_environment()):
        console.print(table)
    return 0


def scenarios(size: str) -> Sequence[Scenario]:
    """Return what is played: all of it, or the same a hundred times smaller."""
    less = 100 if size == "small" else 1
    one = one_large(1_000_000 // less)
    many = many_accounts(500 // min(less, 25), 1_000_000 // less, jobs_of_largest=50 // min(less, 10))
    wide = replace(one, name=f"{one.name}, window {WIDEST_WINDOW}", window=WIDEST_WINDOW)
    return [
        one,
        wide,
        warm(wide, AS_IT_COMES.table_writes_at_most),
        many,
        replace(many, name=f"{many.name}, 200 workers at the most", workers=200),
        warm(many, AS_IT_COMES.table_writes_at_most),
        limited(100_000 // less, 20, 10_000 // less),
        limited(50_000 // less, 200 // min(less, 10), 10_000 // less),
    ]


def large_jobs(results: Sequence[Result]) -> Table:
    """Return how long all took, and how near to limits it came."""
    table = _table(
        "All of it",
        ("s", "workers", "answers a s", "answers wait for the table, s", "for their partitions, s"),
        ("write units a s: a job", "marks", "a limit"),
    )
    for each in results:
        peaks = (each.peaks.get(kind, 0) for kind in ("job", "turns", "limits"))
        table.add_row(
            each.name,
            f"{each.seconds:,.0f}",
            f"{each.workers:,}",
            f"{each.answers / each.seconds:,.0f}",
            f"{each.table_delay:,.0f}",
            f"{each.partition_delay:,.0f}",
            *(f"{peak:,.0f}" for peak in peaks),
        )
    return table


def other_accounts(results: Sequence[Result]) -> Table:
    """Return what all but the largest account waited, and what sharing the workers took."""
    table = _table(
        "What the others wait, and what sharing takes",
        ("first answer, s: half", "99 %", "end, s: half", "99 %"),
        ("slices made room", "marks: read units a s asked", "looks that fail"),
    )
    for each in results:
        if not each.others:
            continue
        waits = (
            part(values, share) for values in (each.first_answers(), each.ends()) for share in (0.5, 0.99)
        )
        table.add_row(
            each.name,
            *(f"{wait or 0.0:,.0f}" for wait in waits),
            f"{each.made_room:,}",
            f"{each.most_read:,.0f}",
            f"{each.failed_looks / max(1, each.looks):.0%}",
        )
    return table


def of_one_item() -> list[Table]:
    """Return what workers read and write of what all of them share, by how many they are."""
    looks = _table(
        f"Marks: read units a second, of their partition's {AS_IT_COMES.partition_reads:,}; slices that wait",
        ("0", "10", "100", "500 or more"),
    )
    places = _table(
        f"Places: the item of a model's calls in flight, of {AS_IT_COMES.partition_writes:,} units a second",
        ("KB", "write units", "writes a s", "units a s"),
    )
    for workers in (16, 100, 250, 500, 1000):
        looks.add_row(
            f"{workers:,} workers",
            *(f"{look_units(waiting, workers) * workers / LOOK:,.0f}" for waiting in (0, 10, 100, 500)),
        )
        units = places_units([f"{number:032x}" for number in range(workers)])
        rate = workers / (renewal_of(workers) / 1000)
        places.add_row(
            f"{workers:,} claims", *(f"{each:,.0f}" for each in (units, units, rate, units * rate))
        )
    return [looks, places]


def an_environment() -> Table:
    """Return what one worker's environment holds."""
    table = _table("One worker's environment, at the most", ("there are", "allowed"))
    for held in held_by_an_environment(AS_IT_COMES):
        table.add_row(held.name, f"{held.most:,}", f"{held.allowed:,}")
    table.add_row("memory of a slice's engine and worker, MB (measured)", "230", "1,024")
    table.caption = f"{setting('calls_in_flight'):g} calls in flight a slice."
    return table


def _table(title: str, *columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.MARKDOWN)
    table.add_column("", no_wrap=True)
    for titles in columns:
        for name in titles:
            table.add_column(name, justify="right")
    return table


if __name__ == "__main__":
    sys.exit(main())
