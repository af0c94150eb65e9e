"""A jail that is busy where nothing inside can interrupt it: the worker ends it, and soon."""

import os
import time

import pytest

from chalicelib.domain.errors import EngineError
from chalicelib.engine.engine import Engine
from chalicelib.engine.patience import processor_seconds
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.jobs import functional_job

# One comparison after the other in C: no signal and no other thread gets in between.
STUCK = "def work(scenario, agent_traits):\n    return 0.5 in range(10 ** 15)\n"


def test_one_interview_that_is_stuck_does_not_have_the_slices_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.engine.engine.GRACE_SECONDS", 1.0)
    order = order_of(functional_job(STUCK), 0, 1, seconds=10_000.0, interview_seconds=1.0)
    with pytest.raises(EngineError, match="did not finish in time"):
        list(engine.run(order, ListSliceStore()))


def test_a_stop_does_not_wait_for_one_that_is_stuck(engine: Engine) -> None:
    order = order_of(functional_job(STUCK), 0, 1, seconds=10_000.0, interview_seconds=9_000.0)
    asked = []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 4

    with pytest.raises(EngineError, match="did not finish in time"):
        list(engine.run(order, ListSliceStore(), stopped))


def test_processor_time_is_a_processes_own() -> None:
    before = processor_seconds(os.getpid())
    while time.process_time() < before + 0.2:
        pass
    assert processor_seconds(os.getpid()) > before
    assert processor_seconds(2**22 + 1) == 0.0
