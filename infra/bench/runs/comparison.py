"""The three ways side by side: runs in turn, and what they sum up to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.bench.meters.costs import Costs, costs_of
from infra.bench.meters.samples import Measured, measured
from infra.bench.plan import INDEXED, PLAIN, STACK, WAYS, Plan, rounds
from infra.bench.runs.job_payload import fresh_salt, run_locally
from infra.bench.runs.remote_run import RemoteRun, run_remotely
from infra.bench.stack import BenchStack

PROGRAMS = {PLAIN: "plain", INDEXED: "indexed"}


@dataclass
class _Runs:
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    peaks: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One way at one size.

    ``cpu_milliseconds`` are of the process, or of the workers with all their children, for each
    interview, ``parts`` the same of each part of the stack; ``peaks`` are the highest of all runs, in MB.
    Peaks and costs of Perch are of a run of their own, in a stack that is watched.
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


def look_at_each(stack: BenchStack, plan: Plan, say: Callable[[str], None]) -> dict[int, RemoteRun]:
    """Run each size once in a stack that is watched; return the runs by size."""
    seen = {}
    for interviews in plan.repetitions:
        seen[interviews] = run_remotely(stack, interviews, fresh_salt())
        say(f"{interviews:>6,} interviews  {'watched':<24} {seen[interviews].seconds:7.2f} s")
    return seen


def compare(
    stack: BenchStack,
    plan: Plan,
    seen: Mapping[int, RemoteRun],
    megabytes: Mapping[str, int],
    say: Callable[[str], None],
) -> list[Line]:
    """Run everything and return the lines, by size and way; ``seen`` are the watched runs by size."""
    runs: dict[tuple[int, str], _Runs] = {}
    for interviews, way in rounds(plan):
        seconds = _run(stack, interviews, way, runs.setdefault((interviews, way), _Runs()))
        say(f"{interviews:>6,} interviews  {way:<24} {seconds:7.2f} s")
    lines = [
        _line(way, interviews, taken, seen[interviews] if way == STACK else None, megabytes)
        for (interviews, way), taken in runs.items()
    ]
    return sorted(lines, key=lambda line: (line.interviews, WAYS.index(line.way)))


def _run(stack: BenchStack, interviews: int, way: str, into: _Runs) -> float:
    if way == STACK:
        run = run_remotely(stack, interviews, fresh_salt())
        into.seconds.append(run.seconds)
        into.cpu_seconds.append(run.worker_cpu_seconds)
        into.parts.append(run.cpu_seconds)
        return run.seconds
    took = run_locally(PROGRAMS[way], interviews, fresh_salt())
    into.seconds.append(took["seconds"])
    into.cpu_seconds.append(took["cpu_seconds"])
    into.peaks.append({"process": took["peak_megabytes"]})
    return float(took["seconds"])


def _line(
    way: str, interviews: int, runs: _Runs, seen: RemoteRun | None, megabytes: Mapping[str, int]
) -> Line:
    peaks = [seen.peaks] if seen else runs.peaks
    return Line(
        way=way,
        interviews=interviews,
        seconds=measured(runs.seconds),
        cpu_milliseconds=1000 * measured(runs.cpu_seconds).median / interviews,
        parts={
            name: 1000 * measured([parts[name] for parts in runs.parts]).median / interviews
            for name in (runs.parts[0] if runs.parts else ())
        },
        peaks={name: max(each[name] for each in peaks) for name in peaks[0]},
        costs=costs_of([seen.counts], interviews=interviews, megabytes=megabytes) if seen else None,
    )
