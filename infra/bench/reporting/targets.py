"""What Perch wants to reach, and whether a run of the bench did. Never a timed test."""

from collections.abc import Sequence

from infra.bench.meters.busy import ENGINE
from infra.bench.plan import INDEXED, PLAIN, STACK
from infra.bench.reporting.target import NOT_MEASURED, Target, below
from infra.bench.reporting.user_targets import of_first_runs, of_users
from infra.bench.runs.cached_run import AGAIN, ALIKE_SLICES, CachedRuns
from infra.bench.runs.comparison import Line
from infra.bench.runs.slow_run import SlowRuns
from infra.bench.runs.sync_run import SyncRuns
from infra.bench.runs.table_looks import TableLooks
from infra.bench.runs.users_wait import UsersWait
from infra.bench.stack import LOCAL_AWS

FASTER = {50: 1.0, 1000: 3.0, 2000: 16.0}
"""By interviews, how many times as fast as plain edsl."""
MANY, MANY_SECONDS = 10000, 22.0
ENGINE_MILLISECONDS = 1.8
STEADY_FROM, STEADY_TO, STEADY_AT_MOST = 1000, 10000, 11.0
SPEED_PER_CORE = 0.75
IN_FLIGHT = 200
SLOW_SECONDS = 20.0
WORKER_MEGABYTES, FINALIZER_MEGABYTES, LOCAL_AWS_MEGABYTES = 300.0, 200.0, 300.0
FIRST_ANSWER_SECONDS = 0.4
DIFFERENCE_SECONDS = 10.0
LOOK_SECONDS = 2.0
LOOKUPS, MOST_LOOKUPS = 3.0, 100.0
"""Requests to DynamoDB for 100 prompts, as known beforehand or each by itself."""


def targets(
    lines: Sequence[Line],
    slow: SlowRuns,
    cached: CachedRuns,
    synced: SyncRuns,
    *,
    waits: Sequence[UsersWait],
    results_table: TableLooks,
    api_seconds: float | None,
) -> list[Target]:
    """Return every target beside what was reached."""
    found = {(line.way, line.interviews): line for line in lines}
    return [
        *of_users(waits),
        *(_faster(found, interviews, times) for interviews, times in FASTER.items()),
        below(f"{MANY:,} two-question interviews", _seconds(found, MANY), MANY_SECONDS, "s"),
        _steady(found),
        below("worker's engine, processor time of an interview", _engine(lines), ENGINE_MILLISECONDS, "ms"),
        _per_core(lines),
        Target(
            "calls in flight a worker, model of 2 s a call",
            f"≥ {IN_FLIGHT}",
            f"{slow.in_flight_a_worker:.0f}",
            slow.in_flight_a_worker >= IN_FLIGHT,
        ),
        below(
            f"{slow.interviews:,} one-question interviews, 2 s a call", slow.seconds.median, SLOW_SECONDS, "s"
        ),
        below("worker's peak at every size", _peak(lines, slow, "worker"), WORKER_MEGABYTES, "MB"),
        below("finalizer's peak at every size", _peak(lines, None, "finalizer"), FINALIZER_MEGABYTES, "MB"),
        below("local AWS's peak at every size", _peak(lines, None, LOCAL_AWS), LOCAL_AWS_MEGABYTES, "MB"),
        below("api function's first answer", api_seconds, FIRST_ANSWER_SECONDS, "s"),
        *of_first_runs(cached),
        *_of_the_cache(cached),
        below(
            f"the difference to a client's cache of {synced.entries:,} entries",
            synced.difference.most,
            DIFFERENCE_SECONDS,
            "s",
        ),
        below(
            f"the slowest look at a table of {results_table.interviews:,} results",
            max(look.seconds for look in results_table.looks),
            LOOK_SECONDS,
            "s",
        ),
    ]


def _of_the_cache(cached: CachedRuns) -> list[Target]:
    def calls(way: str) -> int:
        return sum(line.model_calls or 0 for line in cached.lines if line.way == way)

    def lookups(*, dependent: bool) -> float:
        return max(line.lookups for line in cached.lines if line.dependent is dependent)

    alone, waiting = lookups(dependent=False), lookups(dependent=True)
    return [
        Target("model calls of a job sent again", "0", f"{calls(AGAIN):,}", calls(AGAIN) == 0),
        Target(
            "cache lookups for 100 prompts that wait for no answer",
            f"≤ {LOOKUPS:g} requests",
            f"{alone:.1f}",
            alone <= LOOKUPS,
        ),
        Target(
            "the same where every second prompt waits for one",
            f"≤ {(LOOKUPS + MOST_LOOKUPS) / 2:g} requests",
            f"{waiting:.1f}",
            waiting <= (LOOKUPS + MOST_LOOKUPS) / 2,
        ),
        Target(
            f"model calls for {cached.alike} prompts that are the same, in slices of ten",
            f"≤ {ALIKE_SLICES}",
            f"{cached.alike_calls}",
            cached.alike_calls <= ALIKE_SLICES,
        ),
    ]


def _faster(found: dict[tuple[str, int], Line], interviews: int, times: float) -> Target:
    name, wanted = f"Perch against plain edsl at {interviews:,}", f"≥ {times:g} × faster"
    plain, perch = found.get((PLAIN, interviews)), found.get((STACK, interviews))
    if plain is None or perch is None:
        return Target(name, wanted, NOT_MEASURED, None)
    reached = plain.seconds.median / perch.seconds.median
    return Target(name, wanted, f"{reached:.1f} ×", reached >= times)


def _seconds(found: dict[tuple[str, int], Line], interviews: int) -> float | None:
    line = found.get((STACK, interviews))
    return None if line is None else line.seconds.median


def _engine(lines: Sequence[Line]) -> float | None:
    """Of the largest job, in which what a worker does once counts for little."""
    largest = max(
        (line for line in lines if line.way == STACK), key=lambda line: line.interviews, default=None
    )
    return None if largest is None or largest.interviews < STEADY_FROM else largest.parts.get(ENGINE)


def _steady(found: dict[tuple[str, int], Line]) -> Target:
    name = f"Perch at {STEADY_TO:,} against {STEADY_FROM:,}"
    wanted = f"≤ {STEADY_AT_MOST:g} × the time"
    few, many = found.get((STACK, STEADY_FROM)), found.get((STACK, STEADY_TO))
    if few is None or many is None:
        return Target(name, wanted, NOT_MEASURED, None)
    reached = many.seconds.median / few.seconds.median
    return Target(name, wanted, f"{reached:.1f} ×", reached <= STEADY_AT_MOST)


def _per_core(lines: Sequence[Line]) -> Target:
    """Interviews for each second of processor time: the whole worker against edsl's runner alone."""
    name, wanted = "worker's speed per core against the indexed runner", f"≥ {SPEED_PER_CORE:.0%}"
    sizes = [line.interviews for line in lines if line.way == INDEXED]
    alone = {line.interviews: line.cpu_milliseconds for line in lines if line.way == INDEXED}
    inside = {line.interviews: line.cpu_milliseconds for line in lines if line.way == STACK}
    if not sizes or max(sizes) not in inside:
        return Target(name, wanted, NOT_MEASURED, None)
    reached = alone[max(sizes)] / inside[max(sizes)]
    return Target(f"{name} at {max(sizes):,}", wanted, f"{reached:.0%}", reached >= SPEED_PER_CORE)


def _peak(lines: Sequence[Line], slow: SlowRuns | None, function: str) -> float | None:
    peaks = [line.peaks[function] for line in lines if function in line.peaks]
    if slow is not None:
        peaks.append(slow.worker_peak)
    return max(peaks, default=None)
