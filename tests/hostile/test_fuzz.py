"""Thousands of small hostile jobs, and an honest one beside them now and then.

PERCH_HOSTILE_JOBS=10000 python -m pytest tests/hostile/test_fuzz.py
PERCH_HOSTILE_FIRST=1234 PERCH_HOSTILE_JOBS=1 ...     # the job that a failure names
"""

import os

import pytest

from chalicelib.engine.engine import Engine
from tests.hostile.arena import arena
from tests.hostile.conftest import Tell
from tests.hostile.fuzz import Fuzz, unlocked_engine
from tests.support.fake_openai import FakeOpenAI

JOBS = int(os.environ.get("PERCH_HOSTILE_JOBS", "100"))
FIRST = int(os.environ.get("PERCH_HOSTILE_FIRST", "0"))
SEED = os.environ.get("PERCH_HOSTILE_SEED", "perch")


@pytest.mark.timeout(900 + JOBS)
def test_hostile_jobs_harm_nobody(monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.GRACE_SECONDS", 0.5)
    monkeypatch.setattr("chalicelib.engine.engine.LOADING_SECONDS", 2.0)
    with (
        arena() as places,
        FakeOpenAI(answer=lambda _: "8") as provider,
        Engine() as engine,
        unlocked_engine() as unlocked,
    ):
        fuzz = Fuzz(places, provider, engine, unlocked, SEED)
        try:
            wrong = fuzz.run(range(FIRST, FIRST + JOBS))
        finally:  # also of a run that somebody ends before it is through
            for line in fuzz.figures.lines():
                tell(line)
        assert engine.walls is not None
        assert engine.walls.seccomp
    assert wrong == []
