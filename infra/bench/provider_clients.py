"""``make bench-clients``: what each provider's client costs a worker that uses it, and nobody else.

A fork server is started for each line; it imports the clients of some services, and forks a child.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.table import Table

from chalicelib.domain.providers.known import usable
from chalicelib.engine.sandbox.fork_server import ForkServer, ForkServerError

RUNS = 3
MEBIBYTE = 1024 * 1024
WIDTH = 100
LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("edsl alone", ()),
    ("openai and all like it", ("openai",)),
    *((name, (name,)) for name in ("anthropic", "google", "mistral", "groq", "azure", "bedrock")),
    ("all of them", tuple(usable())),
)


@dataclass(frozen=True)
class Cost:
    """Seconds until a child is there, at the start of its fork server and afterwards; megabytes of that."""

    first_child: float
    next_child: float
    megabytes: float


def main() -> int:
    """Measure and print it; return the exit code."""
    console = Console(width=WIDTH)
    table = Table(title=f"A fork server with the clients of some services; the least of {RUNS} runs")
    for title in ("clients", "first child, s", "next child, s", "memory (RSS), MB"):
        table.add_column(title, justify="left" if title == "clients" else "right")
    try:
        for name, services in LINES:
            costs = [measure(services) for _ in range(RUNS)]
            table.add_row(
                name,
                f"{min(cost.first_child for cost in costs):.2f}",
                f"{min(cost.next_child for cost in costs):.3f}",
                f"{min(cost.megabytes for cost in costs):.0f}",
            )
    except ForkServerError as problem:
        console.print(f"[red]{problem}[/red]")
        return 1
    console.print(table)
    return 0


def measure(services: Sequence[str]) -> Cost:
    """Start a fork server that imports what services need. Raises ForkServerError."""
    began = time.perf_counter()
    server = ForkServer()
    try:
        with server.fork(services=services):
            first = time.perf_counter() - began
        began = time.perf_counter()
        with server.fork(services=services):
            following = time.perf_counter() - began
        memory = psutil.Process(server.pid).memory_info().rss
    finally:
        server.close()
    return Cost(first, following, memory / MEBIBYTE)


if __name__ == "__main__":
    sys.exit(main())
