"""One run in this process, without Perch: plain edsl, or edsl's runner with an indexed storage.

``python -m infra.bench.runs.local_run plain|indexed --interviews N --salt TEXT`` prints one JSON line.
Imports and the making of the job are not timed, on either side.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edsl.caching import Cache
from edsl.jobs import Jobs
from edsl.runner import Runner

from chalicelib.engine.edsl.indexed_storage import IndexedStorage
from infra.bench.runs.job import ANSWER, two_questions

KILOBYTES_IN_MEGABYTE = 1024
BYTES_IN_MEGABYTE = 1024 * 1024


def plain(job: Jobs) -> Any:  # noqa: ANN401 - edsl has no types
    """Run as anybody runs edsl on a laptop."""
    return job.run(
        disable_remote_inference=True, disable_remote_cache=True, progress_bar=False, cache=Cache()
    )


def indexed(job: Jobs) -> Any:  # noqa: ANN401
    """Run with edsl's own runner and Perch's storage for it."""
    runner = Runner(storage=IndexedStorage())
    return runner.submit(job, cache=Cache()).results()


WAYS: dict[str, Callable[[Jobs], Any]] = {"plain": plain, "indexed": indexed}


def peak_megabytes() -> float:
    """Return the most memory this process has had.

    On Linux not by getrusage: there a process inherits the peak of the one that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / KILOBYTES_IN_MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / BYTES_IN_MEGABYTE  # macOS tells bytes


def main() -> None:
    """Run once and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--interviews", type=int, required=True)
    parser.add_argument("--salt", required=True)
    given = parser.parse_args()
    job = two_questions(given.interviews, given.salt)
    started, busy = time.perf_counter(), time.process_time()
    results = WAYS[given.way](job)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - busy
    answers = [row["answer"]["visit"] for row in results]
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "peak_megabytes": peak_megabytes(),
                "good": sum(answer == ANSWER for answer in answers),
            }
        )
    )


if __name__ == "__main__":
    main()
