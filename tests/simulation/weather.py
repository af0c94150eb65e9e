"""What may go wrong in one world, and how often."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from chalicelib.domain.fault_points import FaultPoint
from tests.support.fakes.aws.faults import Fault


@dataclass(frozen=True)
class Weather:
    """Chances, each for one place that a function comes by, one request or one delivery."""

    switching: float = 0.0
    """Another function goes on in between."""
    sleeping: float = 0.0
    """Who is made to wait stands still for long, while others go on."""
    crashing: float = 0.0
    """At a named fault point, of which there are fewer than requests, FAULT_POINT times as likely."""
    faults: dict[Fault, float] = field(default_factory=dict)
    misfortunes: int = 0
    """So many crashes and so many faults at the most."""
    freezing: float = 0.0
    """A function stands still, heartbeat and all, while time passes."""
    unacknowledged: float = 0.0
    """A message is handled, but SQS does not hear of it."""
    slowest_interview: int = 0
    """Milliseconds."""
    worker_seconds: int = 900
    cursed: FaultPoint | None = None
    """Nothing gets past this point, so that messages become dead letters."""


CALM = Weather()
FAULT_POINT = 5
SLEEPS = (10, 30, 100)
"""Events that a sleeper misses."""
UNTIL_WOKEN = 1_000_000
CURSED = 0.08
FAULTS = {
    Fault.THROTTLED: (0.0, 0.0, 0.01, 0.03),
    Fault.CONFLICT: (0.0, 0.0, 0.05, 0.2),
    Fault.PARTIAL: (0.0, 0.0, 0.1, 0.3),
    Fault.LOST_ANSWER: (0.0, 0.0, 0.01, 0.03),
}


def rough_weather(dice: random.Random) -> Weather:
    """Return weather in which everybody is in everybody's way and holders of slices fall asleep."""
    return Weather(
        switching=dice.choice([0.05, 0.2]),
        sleeping=dice.choice([0.2, 0.5]),
        crashing=dice.choice([0.0, 0.02]),
        misfortunes=6,
        freezing=0.3,
        slowest_interview=dice.choice([0, 20_000]),
    )


def some_weather(dice: random.Random) -> Weather:
    """Return any weather from nearly calm to terrible."""
    return Weather(
        switching=dice.choice([0.0, 0.02, 0.1, 0.3]),
        sleeping=dice.choice([0.0, 0.1, 0.4]),
        crashing=dice.choice([0.0, 0.01, 0.03]),
        faults={fault: chance for fault, some in FAULTS.items() if (chance := dice.choice(some))},
        misfortunes=dice.choice([0, 1, 3, 6, 12]),
        freezing=dice.choice([0.0, 0.1, 0.5]),
        unacknowledged=dice.choice([0.0, 0.05]),
        slowest_interview=dice.choice([0, 1_000, 20_000]),
        worker_seconds=dice.choice([60, 120, 900]),
        cursed=dice.choice(list(FaultPoint)) if dice.random() < CURSED else None,
    )
