"""What is measured, and how often."""

from dataclasses import dataclass

PLAIN, INDEXED, STACK = "plain edsl", "edsl's runner, indexed", "Perch, two workers"
WAYS = (PLAIN, INDEXED, STACK)
WORKERS = 2


@dataclass(frozen=True)
class Waits:
    """Jobs that are run as a user runs them: ``sizes`` are interviews and questions."""

    releases: tuple[str, ...]
    """Of the client; plain edsl is run beside the newest, which comes first."""
    sizes: tuple[tuple[int, int], ...]
    repetitions: int
    plain_repetitions: int


@dataclass(frozen=True)
class Plan:
    """One size of bench: ``repetitions`` by interviews and way."""

    name: str
    repetitions: dict[int, dict[str, int]]
    slow_interviews: int
    slow_repetitions: int
    waits: Waits
    cached_repetitions: int
    synced_entries: int
    requests: dict[int, int]
    """Requests a route by connections."""
    cold_starts: int
    worker_megabytes: tuple[int, ...]
    """Sizes of workers to compare."""
    table_interviews: int = 100_000
    """Of the table of results that is looked at."""


SLOW_SECONDS = 2.0

WAITS = ((1, 1), (20, 3), (60, 16), (150, 2), (1000, 2))
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
        waits=Waits(("1.0.9",), WAITS[:4], repetitions=1, plain_repetitions=1),
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
        waits=Waits(("1.0.9", "0.1.62", "0.1.33"), WAITS, repetitions=3, plain_repetitions=1),
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
