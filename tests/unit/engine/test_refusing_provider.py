"""A provider that refuses what comes too fast: two workers slow down together, and no interview is lost.

How fast they are then is measured by ``make bench-limits``.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from chalicelib.domain.providers.service import ModelUse, Service
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.engine.engine import Engine
from chalicelib.services.deps import deps, milliseconds, use
from chalicelib.services.running.allowances import SharedAllowances
from chalicelib.storage.providers.limits import limit_name
from tests.support.fake_openai import FakeOpenAI
from tests.support.fakes.aws.stage import opened_stage
from tests.support.orders import order_of
from tests.support.slice_store import ListSliceStore
from tests.unit.engine.run.test_journal import chained_job, table

INTERVIEWS = 6


@pytest.fixture(autouse=True)
def _shared_limits() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(opened_stage())
        use(replace(deps(), clock=milliseconds))
        yield


def run(engine: Engine, services: tuple[Service, ...], first: int = 0) -> list[InterviewRow]:
    job = chained_job(2 * INTERVIEWS)
    order = order_of(job, first, first + INTERVIEWS, services=services)
    return list(engine.run(order, ListSliceStore(), allowances=SharedAllowances(services)))


def run_by_two(engine: Engine, services: tuple[Service, ...]) -> list[InterviewRow]:
    """Run two slices at the same time."""
    rows: list[InterviewRow] = []
    workers = [
        threading.Thread(target=lambda first=first: rows.extend(run(engine, services, first)))
        for first in (0, INTERVIEWS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return rows


def test_two_workers_together_make_no_more_calls_at_once_than_the_table_says(engine: Engine) -> None:
    at_once = AtOnce()
    with FakeOpenAI(answer=at_once.answer) as provider:
        (service,) = table(provider)
        rows = run_by_two(engine, (replace(service, calls_in_flight=3),))
    assert all(row.good for row in rows)
    assert sorted(row.index for row in rows) == list(range(2 * INTERVIEWS))
    assert at_once.most == 3
    name = limit_name(service, ModelUse("openai", "fake-model"))
    assert not deps().places.get(name).holders  # all were given back


class AtOnce:
    """Counts the calls that are answered at the same time, each of which takes a moment."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def answer(self, prompt: str) -> str:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.1)
        with self._lock:
            self._now -= 1
        return f"An answer to: {prompt}"


def test_refusals_cost_two_workers_no_interview(engine: Engine) -> None:
    with FakeOpenAI(retry_after=0.2, fault=lambda number: 429 if number in {2, 3} else None) as provider:
        services = table(provider)
        rows = run_by_two(engine, services)
    assert all(row.good for row in rows)
    assert sorted(row.index for row in rows) == list(range(2 * INTERVIEWS))
    limit = deps().limits.get(limit_name(services[0], ModelUse("openai", "fake-model")))
    assert limit.generation > 0


def test_an_overload_that_ends_costs_none_either(engine: Engine) -> None:
    with FakeOpenAI(retry_after=0.1, fault=lambda number: 503 if number == 2 else None) as provider:
        rows = run(engine, table(provider))
    assert all(row.good for row in rows)
    assert len(rows) == INTERVIEWS


def test_no_client_tries_again_by_itself(engine: Engine) -> None:
    """What is not for want of room is edsl's to ask again, at once and three times in all."""
    with FakeOpenAI(fault=lambda _: 500) as provider:
        rows = run(engine, table(provider))
    assert not any(row.good for row in rows)
    assert len(provider.asked) == 3 * INTERVIEWS
