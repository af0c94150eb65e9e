"""``make bench-sharing``: what another account waits behind a large job, and what the large one loses by it.

Two workers. The large job asks a model that takes a tenth of a second, and one that takes half a minute
a call. It is run by itself, and again while another account sends a job of one interview every few seconds.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from infra.bench.client import JobError
from infra.bench.runs.job_payload import fresh_salt, payload_of
from infra.bench.runs.slow_run import MODEL
from infra.bench.slow_model import SlowModel
from infra.bench.stack import BenchError, BenchStack

WORKERS = 2
LARGE = ((0.1, 10_000), (30.0, 4_000))
"""Seconds a call, and interviews."""
PAUSE_SECONDS = 5.0
"""Between two small jobs."""
SOME = 5
"""Small jobs that are sent while nothing else runs."""
MOST_SECONDS = 1800.0
WIDTH = 118


@dataclass(frozen=True)
class Sharing:
    """Seconds of the large job by itself and shared, and of each small one by itself and behind it."""

    call_seconds: float
    interviews: int
    large_alone: float
    large_shared: float
    small_alone: list[float]
    small_behind: list[float]


def main() -> int:
    """Measure and print it; return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-sharing", description=__doc__)
    parser.add_argument("--part", type=float, default=1.0, help="of the large jobs' interviews, such as 0.1")
    part = parser.parse_args().part
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=WIDTH)
    try:
        found = [measure(seconds, int(part * count), console.print) for seconds, count in LARGE]
    except (BenchError, JobError) as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    show(found, console)
    return 0


def measure(call_seconds: float, interviews: int, say: Callable[[str], None]) -> Sharing:
    """Run one large job twice. Raises BenchError, JobError."""
    with (
        SlowModel(call_seconds) as model,
        BenchStack(workers=WORKERS, services=[f"openai={model.address}/v1=bench-key"]) as stack,
    ):
        # Both workers have started, and have run a job.
        _run(stack, payload_of(WORKERS * 30, fresh_salt()))
        small_alone = [_small(stack) for _ in range(SOME)]
        alone = _large(stack, interviews)
        say(f"{interviews:,} interviews of {call_seconds:g} s a call by themselves: {alone:.1f} s")
        ended = threading.Event()
        behind: list[float] = []
        sender = threading.Thread(target=_keep_sending, args=(stack, ended, behind))
        sender.start()
        try:
            shared = _large(stack, interviews)
        finally:
            ended.set()
            sender.join()
        say(f"{interviews:,} interviews of {call_seconds:g} s a call with others: {shared:.1f} s")
        return Sharing(call_seconds, interviews, alone, shared, small_alone, behind)


def show(found: list[Sharing], console: Console) -> None:
    """Print what was found."""
    table = Table(title="Sharing two workers; seconds")
    for title in (
        *("a call", "interviews", "by itself", "with others", "lost"),
        *("small jobs", "by itself", "behind: median", "longest"),
    ):
        table.add_column(title, justify="right")
    for each in found:
        table.add_row(
            f"{each.call_seconds:g}",
            f"{each.interviews:,}",
            f"{each.large_alone:.1f}",
            f"{each.large_shared:.1f}",
            f"{each.large_shared / each.large_alone - 1:+.1%}",
            str(len(each.small_behind)),
            f"{median(each.small_alone):.2f}",
            f"{median(each.small_behind):.2f}",
            f"{max(each.small_behind):.2f}",
        )
    console.print(table)


def _large(stack: BenchStack, interviews: int) -> float:
    payload = payload_of(interviews, fresh_salt(), MODEL)
    began = time.perf_counter()
    _run(stack, payload)
    return time.perf_counter() - began


def _run(stack: BenchStack, payload: bytes) -> None:
    stack.caller().run(payload, seconds=MOST_SECONDS)


def _small(stack: BenchStack) -> float:
    payload = payload_of(1, fresh_salt())
    began = time.perf_counter()
    stack.other_caller().run(payload, seconds=MOST_SECONDS)
    return time.perf_counter() - began


def _keep_sending(stack: BenchStack, ended: threading.Event, took: list[float]) -> None:
    while not ended.wait(PAUSE_SECONDS):
        took.append(_small(stack))


if __name__ == "__main__":
    sys.exit(main())
