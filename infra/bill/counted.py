"""What was counted of jobs in a real local stack, as it stands in ``benchmarks/bill.json``."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.repository import ROOT

FILE = ROOT / "benchmarks" / "bill.json"
CPU = "cpu_seconds"
"""Counted beside requests: a core's seconds, with those of all that was forked."""


@dataclass(frozen=True)
class CountedJob:
    """One job. ``counts`` are by function and request, as botocore names it."""

    interviews: int
    questions: int
    seconds_per_call: float
    cached: bool
    slices: int
    held_seconds: float
    """Of its client's status requests."""
    counts: Mapping[str, Mapping[str, float]]

    @property
    def calls(self) -> int:
        """Return how many answers it got from models."""
        return self.interviews * self.questions

    @property
    def worker_seconds(self) -> float:
        """Return how long workers ran, all together."""
        return self.counts["worker"].get("seconds", 0.0)


@dataclass(frozen=True)
class Counted:
    """All of them, and when and of what they were counted."""

    date: str
    packages: Mapping[str, str]
    jobs: tuple[CountedJob, ...]


def write_counted(counted: Counted, file: Path = FILE) -> None:
    """Write the counts down."""
    file.write_text(json.dumps(asdict(counted), indent=1, sort_keys=True) + "\n")


def read_counted(file: Path = FILE) -> Counted:
    """Read what was written down."""
    told = json.loads(file.read_text())
    return Counted(told["date"], told["packages"], tuple(CountedJob(**job) for job in told["jobs"]))
