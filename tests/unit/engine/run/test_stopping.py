"""A run that is told to stop: nothing new is asked, what is finished comes, what was begun is told."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from chalicelib.engine.engine import Engine
from tests.support.fake_openai import FakeOpenAI
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.run.test_journal import chained_job, table


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda prompt: f"<{prompt}>") as started:
        yield started


def when_three_are_asked(provider: FakeOpenAI, let_go: threading.Event, seconds: float) -> Callable[[], bool]:
    """Return what says so once three calls were made, and has those in flight answered some time later."""

    def asked() -> bool:
        if len(provider.asked) < 3:
            return False
        threading.Timer(seconds, let_go.set).start()
        return True

    return asked


def test_nothing_is_asked_after_a_stop_and_what_was_answered_is_told(
    engine: Engine, provider: FakeOpenAI
) -> None:
    order = order_of(chained_job(4), 0, 4, services=table(provider), calls_in_flight=2)
    # What is in flight when the stop is said is answered a moment after it.
    with provider.holding(after=2) as let_go:
        rows = list(engine.run(order, ListSliceStore(), when_three_are_asked(provider, let_go, 0.5)))
    asked = len(provider.asked)
    assert asked <= 4
    time.sleep(0.6)
    assert len(provider.asked) == asked
    cut_off = [row for row in rows if row.cut_off]
    assert cut_off
    told = sum(
        1
        for row in rows
        for name, answer in row.row["raw_model_response"].items()
        if name.endswith("_raw_model_response") and answer
    )
    assert told == asked  # each answer that was paid for is in some row


def test_a_call_that_takes_too_long_is_not_awaited(engine: Engine, provider: FakeOpenAI) -> None:
    order = order_of(chained_job(2), 0, 2, services=table(provider))
    with provider.holding():
        assert list(engine.run(order, ListSliceStore(), lambda: bool(provider.asked))) == []


def test_a_stop_before_the_beginning_asks_nothing_or_little(engine: Engine, provider: FakeOpenAI) -> None:
    order = order_of(chained_job(6), 0, 6, services=table(provider), calls_in_flight=1)
    list(engine.run(order, ListSliceStore(), lambda: True))
    assert len(provider.asked) <= 2


def test_a_drained_run_awaits_its_calls_however_long_and_starts_none(
    engine: Engine, provider: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are stopped have three seconds; here none is left after them."""
    monkeypatch.setattr("chalicelib.engine.patience.STOP_SECONDS", 0.0)
    order = order_of(chained_job(4), 0, 4, services=table(provider), calls_in_flight=2)
    store = ListSliceStore()
    with provider.holding(after=2) as let_go:
        rows = list(engine.run(order, store, draining=when_three_are_asked(provider, let_go, 2.0)))
    assert 3 <= len(provider.asked) <= 4
    assert len(store.answers) == len(provider.asked)
    assert all(row.cut_off for row in rows)


def test_what_is_drained_can_be_stopped(engine: Engine, provider: FakeOpenAI) -> None:
    order = order_of(chained_job(2), 0, 2, services=table(provider))

    def asked() -> bool:
        return bool(provider.asked)

    with provider.holding():
        assert list(engine.run(order, ListSliceStore(), asked, asked)) == []
