"""``make bench-table``: what a page of a large table of results reads and takes, half a minute."""

import argparse
import json
from dataclasses import asdict

from rich.console import Console

from infra.bench.reporting.table import looks_table
from infra.bench.runs.table_looks import look_at_table, peak


def main() -> None:
    """Write a table, look at it in several ways, and tell what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="for other programs")
    given = parser.parse_args()
    found = look_at_table(given.interviews)
    if given.json:
        print(json.dumps(asdict(found)))
        return
    console = Console()
    console.print(looks_table(found))
    console.print(f"{peak():.0f} MB of memory at the most")


if __name__ == "__main__":
    main()
