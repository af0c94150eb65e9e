"""What each provider tells of its limits, and of how long to wait, reaches whoever shares them out."""

from pathlib import Path

import pytest

from chalicelib.domain.providers.limits import Refusal
from chalicelib.domain.providers.service import ModelUse
from chalicelib.domain.runs.engine_port import Unlimited
from chalicelib.engine.engine import Engine
from tests.support.providers import PROTOCOLS, Behaviour, Kind
from tests.unit.engine.edsl.providers.matrix import run

CASE = "busy"
WAIT = 0.25
IN_HEADERS = {"openai", "openai_v2", "anthropic", "azure", "groq", "mistral", "google"}
"""Those that say how long to wait, in their headers or, as Google, in their answers."""
TOLD = {
    "openai": (500, 30_000),
    "openai_v2": (500, 30_000),
    "anthropic": (50, 40_000),
    "groq": (0, 30_000),
    "mistral": (60, 0),
}


class Recording(Unlimited):
    """Notes what it hears."""

    def __init__(self) -> None:
        self.refusals: dict[str, Refusal] = {}
        self.limits: dict[str, tuple[int, int]] = {}

    def refused(self, model: ModelUse, refusal: Refusal) -> bool:
        self.refusals[model.service] = refusal
        return super().refused(model, refusal)

    def told(self, model: ModelUse, requests: int, tokens: int) -> None:
        self.limits[model.service] = requests, tokens


@pytest.fixture(scope="module")
def heard(engine: Engine, certificate: Path) -> Recording:
    recording = Recording()

    def does(_: str, number: int) -> Behaviour:
        return Behaviour(Kind.RATE_LIMIT, retry_after=WAIT) if number == 1 else Behaviour()

    outcomes = run(engine, certificate, [CASE], does, allowances=recording)
    assert all(outcome.row.good for outcome in outcomes.by_case.values())
    return recording


@pytest.mark.parametrize("service", PROTOCOLS)
def test_a_refusal_is_heard(heard: Recording, service: str) -> None:
    refusal = heard.refusals[service]
    assert refusal.tries == 1
    assert refusal.wait == (1000 * WAIT if service in IN_HEADERS else 0) or service not in IN_HEADERS


@pytest.mark.parametrize("service", TOLD)
def test_so_are_the_limits_that_it_tells(heard: Recording, service: str) -> None:
    assert heard.limits[service] == TOLD[service]
