"""One run through the whole stack: from creation to a terminal status, and the pull."""

import contextlib
import time
from collections import Counter
from dataclasses import dataclass

from infra.bench.client import JobError
from infra.bench.meters.busy import ENGINE, WORKER, seconds_by_part
from infra.bench.meters.counting import WRITE_EVERY_SECONDS
from infra.bench.meters.memory import Sampler
from infra.bench.runs.job_payload import payload_of
from infra.bench.stack import LOCAL_AWS, BenchStack, Counts

WATCHED = ("worker", "dispatcher", "finalizer", LOCAL_AWS)
MOST_SECONDS = 1800.0


@dataclass(frozen=True)
class RemoteRun:
    """What one run took.

    ``cpu_seconds`` by part of the stack; of a watched stack also ``peaks`` in MB by function and of the local
    AWS, and ``counts`` by function and request.
    """

    seconds: float
    cpu_seconds: dict[str, float]
    peaks: dict[str, float]
    counts: Counts

    @property
    def worker_cpu_seconds(self) -> float:
        """Return the processor time of the workers with all that they forked."""
        return self.cpu_seconds[WORKER] + self.cpu_seconds[ENGINE]


def run_remotely(stack: BenchStack, interviews: int, salt: str) -> RemoteRun:
    """Run a job of two questions. Raises JobError if an answer is missing or wrong."""
    return run_payload(stack, payload_of(interviews, salt), interviews)


def run_payload(stack: BenchStack, payload: bytes, interviews: int) -> RemoteRun:
    """Run one job and measure it. Raises JobError."""
    parts = stack.parts()
    caller = stack.caller()
    before, busy = stack.counts(), seconds_by_part(parts)
    sampler = Sampler({name: parts[name] for name in WATCHED})
    with sampler if stack.watched else contextlib.nullcontext():
        started = time.perf_counter()
        _, results = caller.run(payload, seconds=MOST_SECONDS)
        seconds = time.perf_counter() - started
    used = {name: after - busy[name] for name, after in seconds_by_part(parts).items()}
    _check(results, interviews)
    time.sleep(2 * WRITE_EVERY_SECONDS)  # the counts of the last moments are being written
    return RemoteRun(seconds, used, sampler.peaks, grown(before, stack.counts()))


def _check(results: dict[str, list[dict[str, dict[str, object]]]], interviews: int) -> None:
    answered = sum(all(row["answer"].values()) for row in results["data"])
    if answered != interviews:
        raise JobError(f"Only {answered} of {interviews} interviews came back with all their answers.")


def grown(before: Counts, after: Counts) -> Counts:
    """Return by how much counts have grown."""
    return {name: Counter(counts) - Counter(before.get(name, {})) for name, counts in after.items()}
