"""How a count grows: so much a job, a slice, an interview, a call, a second; from jobs of several sizes.

Fitted are only what can cause it (see ``CAUSES``), and nothing is below zero: a count grows with the work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.bill.counted import CountedJob
from infra.local.stage import API_FUNCTION

ROUNDS = 20_000
ENOUGH = 1e-12
Row = Sequence[float]
Coefficients = dict[str, dict[str, dict[str, float]]]
"""By function, count and cause."""

CAUSES: Mapping[str, tuple[str, ...]] = {
    "worker": ("slice", "interview", "call", "worker second"),
    "dispatcher": ("job", "slice", "interview"),
    "finalizer": ("job", "slice", "interview"),
    API_FUNCTION: ("job", "held second"),
}
"""Of whatever else runs there is nothing that grows with a job: schedules, in ``standing.py``."""
NOT_FITTED = frozenset({"seconds"})
"""A busy machine's; what Lambda would bill is told by ``CPU`` and by how long models take."""


@dataclass(frozen=True)
class Size:
    """How much there is of each cause."""

    slices: float
    interviews: float
    calls: float
    worker_seconds: float
    held_seconds: float

    def of(self, cause: str) -> float:
        """Return how much there is of one."""
        return {
            "job": 1.0,
            "slice": self.slices,
            "interview": self.interviews,
            "call": self.calls,
            "worker second": self.worker_seconds,
            "held second": self.held_seconds,
        }[cause]


def size_of(job: CountedJob) -> Size:
    """Return how much there was of each cause in a counted job."""
    return Size(job.slices, job.interviews, job.calls, job.worker_seconds, job.held_seconds)


def fitted(jobs: Sequence[CountedJob]) -> Coefficients:
    """Return how each function's counts grow."""
    found: Coefficients = {}
    for function, causes in CAUSES.items():
        rows = [_causing(job, causes) for job in jobs]
        names = {name for job in jobs for name in job.counts.get(function, {})} - NOT_FITTED
        found[function] = {
            name: dict(
                zip(
                    causes,
                    least_squares(rows, [job.counts.get(function, {}).get(name, 0.0) for job in jobs]),
                    strict=True,
                )
            )
            for name in sorted(names)
        }
    return found


def _causing(job: CountedJob, causes: Sequence[str]) -> list[float]:
    return [size_of(job).of(cause) for cause in causes]


def least_squares(rows: Sequence[Row], counts: Row) -> list[float]:
    """Return what each column counts for, none below zero, so that the rows come closest to the counts.

    Closest in parts of what was counted, so that small jobs say as much as large ones. Coordinate descent.
    """
    weights = [1.0 / max(count, 1.0) for count in counts]
    columns = [
        [row[place] * weight for row, weight in zip(rows, weights, strict=True)]
        for place in range(len(rows[0]))
    ]
    left = [count * weight for count, weight in zip(counts, weights, strict=True)]
    found = [0.0] * len(columns)
    squares = [sum(each * each for each in column) for column in columns]
    for _ in range(ROUNDS):
        moved = 0.0
        for place, column in enumerate(columns):
            if not squares[place]:
                continue
            step = sum(each * rest for each, rest in zip(column, left, strict=True)) / squares[place]
            step = max(step, -found[place])
            found[place] += step
            left = [rest - step * each for rest, each in zip(left, column, strict=True)]
            moved = max(moved, abs(step) * squares[place] ** 0.5)
        if moved < ENOUGH:
            break
    return found
