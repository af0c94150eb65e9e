"""Seeded schedules: whatever happens in whatever order, every promise holds in the end.

``PERCH_SCHEDULES`` says how many; ``PERCH_SEED`` runs one of them alone and tells what happened in it.
"""

import os

import pytest

from tests.simulation.schedule import run_schedule, scheduled

SCHEDULES = int(os.environ.get("PERCH_SCHEDULES", "600"))
SEED = os.environ.get("PERCH_SEED")
TOGETHER = 50
REPLAY = "PERCH_SEED={} python -m pytest tests/simulation/test_schedules.py"


@pytest.mark.skipif(SEED is not None, reason="one schedule is replayed")
@pytest.mark.parametrize("first", range(0, SCHEDULES, TOGETHER))
def test_whatever_the_schedule_the_promises_hold(first: int) -> None:
    failed: dict[int, Exception] = {}
    seeds = range(first, min(first + TOGETHER, SCHEDULES))
    for seed in seeds:
        try:
            run_schedule(seed)
        except Exception as problem:  # noqa: BLE001 - the others are to be run all the same
            failed[seed] = problem
    if failed:
        told = "\n".join(f"{seed}: {type(p).__name__} {p}" for seed, p in failed.items())
        raise AssertionError(
            f"{len(failed)} of {len(seeds)} schedules failed. To see what happened in one:\n"
            f"{REPLAY.format(min(failed))}\n{told}"
        ) from failed[min(failed)]


@pytest.mark.skipif(SEED is None, reason="PERCH_SEED names no schedule")
def test_one_schedule_again() -> None:
    run_schedule(int(SEED or 0))


@pytest.mark.parametrize("seed", [3, 101, 104])
def test_a_seed_always_tells_the_same_story(seed: int) -> None:
    stories = []
    for _ in range(2):
        with scheduled(seed) as traffic:
            stories.append(traffic.world.story)
    assert stories[0] == stories[1]
    assert len(stories[0]) > 10
