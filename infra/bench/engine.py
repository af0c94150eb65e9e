"""``make bench-engine``: what it costs an engine that keys and strangers' programs are never in one process.

The same slice is run by the engine as it is (a jail, a caller, the worker between them) and by one child
that asks its models itself, turn by turn, so that a slow moment of the machine meets both alike.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from chalicelib.domain.json_types import Json
from chalicelib.engine.sandbox.environment import fork_server_environment, prepare_home
from infra.bench.runs.job_payload import payload_of
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchError
from infra.repository import ROOT

INTERVIEWS = 250
"""A slice has no more of them."""
RUNS = 11
MOST = 1.10
"""What the split may cost, as a part of what a slice costs at the least."""
WIDTH = 118
NAMES = {"direct": "one child", "split": "jail, worker, caller"}


@dataclass(frozen=True)
class Taken:
    """What one run of a slice took, for each interview, in milliseconds."""

    processor: float
    clock: float


class Way:
    """A process that runs slices in one of the ways, one after the other."""

    def __init__(self, name: str, home: Path) -> None:
        environment = {**fork_server_environment(home, os.environ), "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.bench.runs.engine_slice", name],
            env=environment,
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, order: Json, interviews: int) -> Taken:
        """Run an order; raises BenchError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if told.get("good") != interviews:
            raise BenchError(f"Only {told.get('good')} of {interviews} interviews were answered rightly.")
        share = 1000 / interviews
        return Taken(processor=told["processor_seconds"] * share, clock=told["seconds"] * share)


@contextmanager
def orders(folder: Path, interviews: int) -> Iterator[dict[str, Json]]:
    """Give what is to be run, by what it is called, while its model answers."""
    by_test, by_http = folder / "test.json", folder / "http.json"
    by_test.write_bytes(payload_of(interviews, "bench"))
    by_http.write_bytes(payload_of(interviews, "bench", "bench-model"))
    with SlowModel(0) as model:
        service = {"name": "openai", "url": f"{model.address}/v1", "key": "sk-bench-0123456789-0123456789"}
        order = {"interviews": interviews}
        yield {
            "two questions, test model": {**order, "job": str(by_test), "services": []},
            "one question, a provider over HTTP": {**order, "job": str(by_http), "services": [service]},
        }


def compare(order: Json, runs: int, ways: dict[str, Way]) -> dict[str, list[Taken]]:
    """Run an order in each way, turn by turn; the first turn warms up and does not count."""
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for turn in range(runs + 1):
        for name in reversed(ways) if turn % 2 else ways:
            took = ways[name].run(order, order["interviews"])
            if turn:
                taken[name].append(took)
    return taken


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-engine", description=__doc__)
    parser.add_argument("--interviews", type=int, default=INTERVIEWS)
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    console = Console(width=WIDTH)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    table = Table(title=f"A slice of {given.interviews} interviews, ms for each: median (least–most)")
    for title in ("slice", "", "processor time", "by the clock"):
        table.add_column(title, justify="left" if title == "slice" else "right")
    try:
        with tempfile.TemporaryDirectory(prefix="perch-bench-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            prepare_home(home)
            with (
                orders(home, given.interviews) as chosen,
                Way("direct", home) as direct,
                Way("split", home) as split,
            ):
                for called, order in chosen.items():
                    add_rows(table, called, compare(order, given.runs, {"direct": direct, "split": split}))
    except BenchError as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(table)
    console.print(f"Wanted of the processor time: at most {MOST:.2f} × what one child takes.")
    return 0


def add_rows(table: Table, called: str, taken: dict[str, list[Taken]]) -> None:
    """Add what was found about one order: each way, and how they compare."""
    of_each = {
        name: ([run.processor for run in runs], [run.clock for run in runs]) for name, runs in taken.items()
    }
    for name, (processor, clock) in of_each.items():
        table.add_row(called, NAMES[name], spread(processor), spread(clock))
    ratios = [ratio(split, direct) for split, direct in zip(of_each["split"], of_each["direct"], strict=True)]
    table.add_row("", "ratio of the medians (of the least)", *ratios, end_section=True)


def spread(numbers: Sequence[float]) -> str:
    """Return numbers as their median and their range."""
    return f"{median(numbers):.2f} ({min(numbers):.2f}–{max(numbers):.2f})"


def ratio(some: Sequence[float], others: Sequence[float]) -> str:
    """Return how some numbers compare with others; the least are those that a busy machine disturbs least."""
    return f"{median(some) / median(others):.2f} ({min(some) / min(others):.2f})"


if __name__ == "__main__":
    sys.exit(main())
