"""The three ways side by side: runs in turn, and what they sum up to."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.bench.meters.costs import Costs, costs_of
from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import INDEXED, PLAIN, STACK, WAYS, Plan, rounds
from infra.bench.runs.job_payload import run_locally
from infra.bench.runs.remote_run import run_remotely
from infra.bench.stack import BenchStack, Counts

PROGRAMS = {PLAIN: "plain", INDEXED: "indexed"}


@dataclass
class _Runs:
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    peaks: list[dict[str, float]] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One way at one size.

    ``cpu_milliseconds`` are of the process, or of the workers with all their children, for each
    interview, ``parts`` the same of each part of the stack; ``peaks`` are the highest of all runs, in MB.
    """

    way: str
    interviews: int
    seconds: Measured
    cpu_milliseconds: float
    parts: dict[str, float]
    peaks: dict[str, float]
    costs: Costs | None

    @property
    def per_second(self) -> float:
        """Return interviews a second."""
        return self.interviews / self.seconds.median


def compare(
    stack: BenchStack, plan: Plan, megabytes: Mapping[str, int], say: Callable[[str], None]
) -> list[Line]:
    """Run everything and return the lines, by size and way."""
    runs: dict[tuple[int, str], _Runs] = {}
    for interviews, way in rounds(plan):
        seconds = _run(stack, interviews, way, runs.setdefault((interviews, way), _Runs()))
        say(f"{interviews:>6,} interviews  {way:<24} {seconds:7.2f} s")
    lines = [_line(way, interviews, taken, megabytes) for (interviews, way), taken in runs.items()]
    return sorted(lines, key=lambda line: (line.interviews, WAYS.index(line.way)))


def _run(stack: BenchStack, interviews: int, way: str, into: _Runs) -> float:
    salt = uuid.uuid4().hex[:8]
    if way == STACK:
        run = run_remotely(stack, interviews, salt)
        into.seconds.append(run.seconds)
        into.cpu_seconds.append(run.worker_cpu_seconds)
        into.peaks.append(run.peaks)
        into.counts.append(run.counts)
        into.parts.append(run.cpu_seconds)
        return run.seconds
    took = run_locally(PROGRAMS[way], interviews, salt)
    into.seconds.append(took["seconds"])
    into.cpu_seconds.append(took["cpu_seconds"])
    into.peaks.append({"process": took["peak_megabytes"]})
    return float(took["seconds"])


def _line(way: str, interviews: int, runs: _Runs, megabytes: Mapping[str, int]) -> Line:
    return Line(
        way=way,
        interviews=interviews,
        seconds=measured(runs.seconds),
        cpu_milliseconds=1000 * measured(runs.cpu_seconds).median / interviews,
        parts={
            name: 1000 * measured([parts[name] for parts in runs.parts]).median / interviews
            for name in (runs.parts[0] if runs.parts else ())
        },
        peaks={name: max(peaks[name] for peaks in runs.peaks) for name in runs.peaks[0]},
        costs=costs_of(runs.counts, interviews=interviews, megabytes=megabytes) if runs.counts else None,
    )
