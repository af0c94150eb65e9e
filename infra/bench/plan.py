"""What is measured, and how often."""

from dataclasses import dataclass

PLAIN, INDEXED, STACK = "plain edsl", "edsl's runner, indexed", "Perch, two workers"
WAYS = (PLAIN, INDEXED, STACK)
WORKERS = 2


@dataclass(frozen=True)
class Plan:
    """One size of bench: ``repetitions`` by interviews and way."""

    name: str
    repetitions: dict[int, dict[str, int]]
    slow_interviews: int
    slow_repetitions: int
    cached_repetitions: int
    synced_entries: int
    requests: dict[int, int]
    """Requests a route by connections."""
    cold_starts: int
    worker_megabytes: tuple[int, ...]
    """Sizes of workers to compare."""


SLOW_SECONDS = 2.0

PLANS = {
    "small": Plan(
        name="small",
        repetitions={
            50: dict.fromkeys(WAYS, 3),
            200: dict.fromkeys(WAYS, 3),
            1000: {PLAIN: 1, INDEXED: 2, STACK: 3},
        },
        slow_interviews=1000,
        slow_repetitions=1,
        cached_repetitions=1,
        synced_entries=10_000,
        requests={1: 60, 8: 120, 32: 240},
        cold_starts=2,
        worker_megabytes=(),
    ),
    "all": Plan(
        name="all",
        repetitions={
            50: dict.fromkeys(WAYS, 5),
            200: dict.fromkeys(WAYS, 5),
            1000: dict.fromkeys(WAYS, 3),
            2000: {PLAIN: 1, INDEXED: 3, STACK: 3},
            10000: {INDEXED: 2, STACK: 3},
        },
        slow_interviews=1000,
        slow_repetitions=3,
        cached_repetitions=3,
        synced_entries=50_000,
        requests={1: 300, 8: 800, 32: 1600},
        cold_starts=5,
        worker_megabytes=(512, 1024, 1769),
    ),
}


def rounds(plan: Plan) -> list[tuple[int, str]]:
    """Return all runs in their order: the ways take turns, so that a slow moment meets all alike."""
    turns = []
    most = max(times for ways in plan.repetitions.values() for times in ways.values())
    for number in range(most):
        for interviews, ways in plan.repetitions.items():
            turns += [(interviews, way) for way in WAYS if number < ways.get(way, 0)]
    return turns
