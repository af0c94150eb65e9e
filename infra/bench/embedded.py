"""``make bench-embedded``: how many requests at once, and threads, suit the embedded model on this machine.

The demo's interviews are run by the engine itself, without the rest of the stack, against servers of several
shapes, turn by turn, so that a slow moment of the machine meets all alike.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.runs.call_board import CallBoard
from chalicelib.domain.runs.engine_port import Room, SliceOrder, Unlimited
from chalicelib.engine.engine import Engine
from infra.bench.runs.engine_slice import Nothing
from infra.bench.runs.job_payload import run_program
from infra.bench.stack import BenchError
from infra.local.embedded_model.server import WAITING
from infra.local.embedded_model.service import MODEL_KEY, service
from infra.local.parts.reach import ask
from infra.local.ports import free_port
from infra.repository import ROOT

SHAPES = (
    "1/1/1/512",
    "1/4/1/512",
    "1/4/2/512",
    "1/4/2/512/spin",
    "2/2/1/512",
    "2/4/1/512",
    "2/8/1/512",
    "2/4/1/64",
)
SPIN = "/spin"
REPEATS = 2
INTERVIEWS = 24
SECONDS = 900.0
START_SECONDS = 60.0
WIDTH = 110


@dataclass(frozen=True)
class Shape:
    """Servers; of each the requests it answers at once, its threads, and the tokens it reads at once."""

    servers: int
    slots: int
    threads: int
    together: int
    spins: bool = False
    """Whether its threads turn in circles while they wait for each other, as is usual."""

    @classmethod
    def of(cls, text: str) -> "Shape":
        """Read ``SERVERS/SLOTS/THREADS/TOKENS[/spin]``."""
        servers, slots, threads, together = map(int, text.removesuffix(SPIN).split("/"))
        return cls(servers, slots, threads, together, spins=text.endswith(SPIN))

    @property
    def calls(self) -> int:
        """How many calls all its servers answer at once."""
        return self.servers * self.slots


class Bounded(Unlimited):
    """Lets so many calls be in flight."""

    def __init__(self, calls: int) -> None:
        self._calls = calls

    def room(self, _: ModelUse, *, wanted: int, used: int) -> Room:  # noqa: ARG002  # the protocol's names
        """Return the bound, which never changes."""
        return Room(self._calls, SECONDS)


@dataclass(frozen=True)
class Taken:
    """What the interviews took."""

    seconds: float
    processor: float
    """Seconds, of the model's servers."""
    good: int
    failed: int
    """Calls that came to nothing."""


class Failures(CallBoard):
    """Counts the calls that come to nothing."""

    count = 0

    def failed(self, number: int, kind: str, message: str, *, tries: int) -> None:
        """See ``CallWatch.failed``."""
        self.count += 1
        super().failed(number, kind, message, tries=tries)


@contextmanager
def served(shape: Shape) -> Iterator[tuple[Service, psutil.Process]]:
    """Give servers of a shape, and the process that holds them."""
    port, key = free_port(), secrets.token_urlsafe(30)
    arguments = ["--servers", shape.servers, "--slots", shape.slots, "--threads", shape.threads]
    module = "infra.local.embedded_model.front"
    command = [sys.executable, "-m", module, "--port", port, *arguments, "--together", shape.together]
    environment = {**os.environ, MODEL_KEY: key, **({WAITING: "ACTIVE"} if shape.spins else {})}
    quiet, held = subprocess.DEVNULL, subprocess.PIPE  # it lives for as long as the pipe
    with subprocess.Popen(
        list(map(str, command)), cwd=ROOT, env=environment, stdin=held, stdout=quiet, stderr=quiet
    ) as it:
        try:
            until = time.monotonic() + START_SECONDS
            while ask(f"http://127.0.0.1:{port}/health", seconds=1.0)[0] != 200:  # noqa: PLR2004
                if it.poll() is not None or time.monotonic() > until:
                    raise BenchError("The embedded model's server does not start.")
                time.sleep(0.1)
            yield service(port, key, calls=shape.calls), psutil.Process(it.pid)
        finally:
            it.kill()


def measured(engine: Engine, job: dict[str, Any], shape: Shape, interviews: int) -> Taken:
    """Run the interviews against a server of a shape."""
    with served(shape) as (row, process):
        subset = excerpt_of_document(job, range(interviews), 1)
        questions = len(job["survey"]["questions"])
        watch = Failures(questions, [position.index for position in subset.positions])
        order = SliceOrder(subset, "bench", SECONDS, interview_seconds=SECONDS, services=(row,))
        began, spent = time.monotonic(), _processor_seconds(process)
        rows = list(engine.run(order, Nothing(), allowances=Bounded(shape.calls), watch=watch))
        took = time.monotonic() - began
        return Taken(took, _processor_seconds(process) - spent, sum(row.good for row in rows), watch.count)


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-embedded", description=__doc__)
    parser.add_argument("--shape", action="append", help="SERVERS/SLOTS/THREADS/TOKENS, as often as wanted")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--interviews", type=int, default=INTERVIEWS, choices=range(1, INTERVIEWS + 1))
    given = parser.parse_args()
    console = Console(width=WIDTH)
    shapes = [Shape.of(text) for text in given.shape or SHAPES]
    taken: dict[Shape, list[Taken]] = {shape: [] for shape in shapes}
    try:
        job = json.loads(run_program("infra.bench.runs.demo_job", []))
        with Engine(without_walls=True) as engine:
            for turn in range(given.repeats):
                for shape in reversed(shapes) if turn % 2 else shapes:
                    taken[shape].append(measured(engine, job, shape, given.interviews))
                    console.print(shape, taken[shape][-1])
    except BenchError as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(tabled(taken, given.interviews))
    return 0


def tabled(taken: Mapping[Shape, Sequence[Taken]], interviews: int) -> Table:
    """Return what was found; the least is what a busy machine disturbs least."""
    table = Table(title=f"{interviews} interviews of the demo, by the embedded model's servers alone")
    for title in ("servers", "requests each", "threads", "tokens at once", "seconds: least–most"):
        table.add_column(title, justify="right")
    for title in ("processor seconds", "good", "calls for nothing"):
        table.add_column(title, justify="right")
    for shape, runs in taken.items():
        seconds, processor = [run.seconds for run in runs], [run.processor for run in runs]
        table.add_row(
            *(
                str(shape.servers),
                str(shape.slots),
                str(shape.threads) + " that spin" * shape.spins,
                str(shape.together),
            ),
            f"{min(seconds):.1f}–{max(seconds):.1f}",
            f"{min(processor):.1f}–{max(processor):.1f}",
            str(min(run.good for run in runs)),
            str(sum(run.failed for run in runs)),
        )
    return table


def _processor_seconds(process: psutil.Process) -> float:
    held = [process, *process.children()]
    return float(sum(times.user + times.system for times in (it.cpu_times() for it in held)))


if __name__ == "__main__":
    sys.exit(main())
