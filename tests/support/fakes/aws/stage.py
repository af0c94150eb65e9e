"""A stage over the fake AWS: as ``tests/unit/conftest.py`` makes one over moto, in about a millisecond."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from chalicelib.domain.accounts import Account
from chalicelib.services.deps import deps, deps_of, use
from chalicelib.settings import Settings
from tests.support.fakes.aws.cloud import PAGE_ITEMS, FakeAws, make_aws, standing_in
from tests.support.fakes.aws.template import make_resources
from tests.support.fakes.engine import FakeEngine
from tests.support.stage import Stage, forget, two_accounts

STARTED = 1_800_000_000_000
PREFIX = "PERCH_"


@dataclass
class Time:
    """The test's own time, in milliseconds since 1970; it passes only where somebody lets it."""

    now: int = STARTED

    def clock(self) -> int:
        """Return the time; two looks never see the same."""
        self.now += 1
        return self.now


class FakeStage(Stage):
    """A stage whose AWS can be looked into and made to fail; both go by the stage's ``now``."""

    def __init__(
        self, engine: FakeEngine, accounts: tuple[Account, Account], aws: FakeAws, time: Time
    ) -> None:
        self.aws = aws
        self._time = time
        super().__init__(engine, *accounts, now=time.now)

    @property
    def now(self) -> int:
        return self._time.now

    @now.setter
    def now(self, now: int) -> None:
        self._time.now = now


@contextmanager
def opened_stage(*, page_items: int = PAGE_ITEMS) -> Iterator[FakeStage]:
    """Work on a stage of its own, with two accounts, until the end of the context."""
    time = Time()
    aws = make_aws(lambda: time.now, page_items=page_items)
    engine = FakeEngine()
    with standing_in(aws):
        forget()
        chosen = deps_of(_settings())
        use(replace(chosen, engine=lambda: engine, clock=time.clock))
        try:
            accounts = two_accounts()
            stage = FakeStage(engine, accounts, aws, time)
            use(replace(deps(), beating=stage.beating, beside=stage.beside))
            yield stage
        finally:
            forget()


@functools.cache
def _settings() -> Settings:
    """Return the settings of every such stage; reading them takes longer than all the rest."""
    outputs: Mapping[str, str] = make_resources().environment
    values = {name.removeprefix(PREFIX).lower(): value for name, value in outputs.items()}
    return Settings.model_validate({**values, "shortest_key": 1, "held_requests": 0})


@pytest.fixture
def fake_stage() -> Iterator[FakeStage]:
    """Give a test a stage over the fake AWS."""
    with opened_stage() as stage:
        yield stage
