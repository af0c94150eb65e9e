"""``make bench-holding``: what it costs that status requests wait, and what it brings, in a second.

Nothing is measured but the rules themselves, by which clients sleep and requests are held; the dollars are
those of us-east-1 (``meters/prices.py``).
"""

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from infra.bench.meters.prices import READ_UNITS, WRITE_UNITS, http_dollars, lambda_dollars
from infra.bench.runs.waiting_client import LOOK_SECONDS, PAUSES, Waited, Work, wait
from infra.local.stage import API_FUNCTION, read_stage
from infra.repository import ROOT

JOBS = 1000
SMALL_MEGABYTES = 256
WORKS = (
    Work(1, 1, 0.9),
    Work(20, 3, 0.9),
    Work(60, 16, 3.3),
    Work(150, 2, 1.8),
    Work(1000, 2, 6.7),
    Work(60, 16, 21.0),
    Work(60, 16, 43.0),
    Work(1000, 2, 67.0),
    Work(10_000, 2, 311.0),
    Work(1_000_000, 2, 3607.0),
)
"""The first five as measured with edsl's test model, the others with models that take their time."""
ANSWERING_SECONDS = 0.03
"""Of the API function, for a status."""
UNITS_A_HOLD = 3 * WRITE_UNITS + 4 * READ_UNITS
"""A hold is noted, taken away, and its answer noted; what decides on it is read."""
WIDTH = 150


@dataclass(frozen=True)
class Cost:
    """What the status requests of a thousand jobs cost, in dollars."""

    held: float
    """Of the function's seconds in which it waits."""
    all: float


def cost_of(waited: Waited, megabytes: int) -> Cost:
    """Return what a thousand clients that waited so cost."""
    held = lambda_dollars(invocations=0, seconds=waited.held_seconds, megabytes=megabytes)
    answered = lambda_dollars(
        invocations=waited.requests, seconds=waited.requests * ANSWERING_SECONDS, megabytes=megabytes
    )
    looks = waited.held_seconds / LOOK_SECONDS * READ_UNITS
    tables = looks + waited.holds * UNITS_A_HOLD
    return Cost(JOBS * held, JOBS * (held + answered + tables + http_dollars(waited.requests)))


def main() -> int:
    """Print the table; return the exit code."""
    megabytes = read_stage(ROOT / ".chalice" / "config.json").limits(API_FUNCTION).megabytes
    table = Table(title=f"{JOBS:,} jobs whose clients wait", title_justify="left")
    for title in ("interviews × questions", "release"):
        table.add_column(title, no_wrap=True)
    for title in (
        "server, s",
        "run() before",
        "held",
        "requests before",
        "held",
        "held, s a job",
        "dollars before",
        "held",
        f"of it waiting, {megabytes} MB",
        f"{SMALL_MEGABYTES} MB",
    ):
        table.add_column(title, justify="right")
    for work in WORKS:
        for release in PAUSES:
            before, held = (wait(work, release, holding=holding) for holding in (False, True))
            table.add_row(
                f"{work.interviews:,} × {work.questions}",
                release,
                f"{work.seconds:,.1f}",
                *(f"{one.seconds:,.1f}" for one in (before, held)),
                *(f"{one.requests:,}" for one in (before, held)),
                f"{held.held_seconds:.1f}",
                *(f"{cost_of(one, megabytes).all:.4f}" for one in (before, held)),
                f"{cost_of(held, megabytes).held:.4f}",
                f"{cost_of(held, SMALL_MEGABYTES).held:.4f}",
            )
    Console(width=WIDTH).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
