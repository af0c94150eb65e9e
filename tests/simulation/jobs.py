"""Jobs for the simulation, and what must come of them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.support.jobs import job

SECOND_AGENT_LEFT_OUT = "{{ agent._index != 1 }}"
RELEASES = ("1.0.9", "0.1.33")
Place = tuple[int, str, int]
"""An agent's number, a scenario's topic, an iteration."""


@dataclass(frozen=True)
class PlannedJob:
    """A job that a client will send. Of a broken one nothing can be run."""

    payload: bytes
    questions: int
    places: tuple[Place, ...]
    """Its interviews in the order in which its results must have them."""
    release: str = "1.0.9"
    iterations: int = 1
    fresh: bool = False
    strangers: bool = False
    """Sent by the other account."""

    @property
    def broken(self) -> bool:
        """Tell whether it is no job at all."""
        return not self.places


def plan_job(
    *,
    agents: int,
    scenarios: int = 1,
    questions: int = 1,
    iterations: int = 1,
    filtered: bool = False,
    **more: Any,
) -> PlannedJob:
    """Return a job of some shape."""
    names = tuple(f"q{number}" for number in range(questions))
    document = job(agents=agents, scenarios=scenarios, questions=names)
    if filtered:
        document["include_expression"] = SECOND_AGENT_LEFT_OUT
    places = tuple(
        (agent, f"topic {scenario}", iteration)
        for agent, scenario, iteration in product(range(agents), range(scenarios), range(iterations))
        if not (filtered and agent == 1)
    )
    return PlannedJob(json.dumps(document).encode(), questions, places, iterations=iterations, **more)


def some_job(dice: random.Random) -> PlannedJob:
    """Return any small job."""
    if dice.random() < 0.03:
        return PlannedJob(b'{"survey": {"questions": [{"question_na', questions=0, places=())
    return plan_job(
        agents=dice.randint(1, 9),
        scenarios=dice.choice([1, 1, 2]),
        questions=dice.randint(1, 3),
        iterations=dice.choice([1, 1, 2]),
        filtered=dice.random() < 0.1,
        release=dice.choice(RELEASES),
        fresh=dice.random() < 0.2,
        strangers=dice.random() < 0.3,
    )
