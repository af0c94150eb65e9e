"""A whole Perch in one process: its services over the fake AWS, with time and chance in one hand.

Nothing happens here by itself. Whoever drives the world (a seeded schedule, hypothesis) says what comes
next: a message is delivered, a paused function goes on, time passes, the sweeper runs.
"""

from __future__ import annotations

import logging
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

from chalice.app import SQSEvent

from chalicelib.domain.fault_points import FaultPoint, listen
from chalicelib.domain.runs.slice import Slice
from chalicelib.events.messages import Answer, Handle, handle_each
from chalicelib.services.deps import deps, use
from chalicelib.storage.aws.queues import Queue
from chalicelib.storage.runs import RunStore
from tests.simulation.engine import SimulatedEngine
from tests.simulation.explained import EXPLAINED
from tests.simulation.functions import Functions, Latch
from tests.simulation.invocations import Invocation
from tests.simulation.weather import CALM, FAULT_POINT, SLEEPS, UNTIL_WOKEN, Weather
from tests.support.fakes.aws.conditions import reserved_words
from tests.support.fakes.aws.faults import CrashError, Request
from tests.support.fakes.aws.items import Item
from tests.support.fakes.aws.stage import FakeStage, opened_stage

POINTS = frozenset(FaultPoint)


class World(Functions):
    """Functions, and what becomes of them wherever they meet AWS, a fault point or an interview."""

    def __init__(self, stage: FakeStage, dice: random.Random, weather: Weather) -> None:
        super().__init__(stage, dice, weather)
        self.crashes = 0
        self.surprises: list[BaseException] = []
        """Exceptions that no fault explains."""
        self.crash_at: str | None = None
        """Where the next function to come by dies."""
        self.sleep_at: str | None = None
        """Where the next function to come by stands still until it is woken."""
        self.engine = SimulatedEngine(
            clock=lambda: stage.now,
            job_id=self._working_on,
            is_overtaken=self._is_overtaken,
            at_interview=self._at_interview,
        )

    def at(self, place: str) -> None:
        """Called by a running function wherever it meets the world: it may pause or die there."""
        invocation = self.current
        if invocation is None or self.beats:
            return
        if invocation.killed:
            raise CrashError(place)
        if self.stage.now - invocation.started_at > invocation.limit:
            invocation.killed = True
            raise CrashError(f"out of time at {place}")
        if self._is_doomed(place):
            invocation.killed = True
            raise CrashError(place)
        if place == self.sleep_at:
            self.sleep_at = None
            self._pause(invocation, place, UNTIL_WOKEN)
        elif self.dice.random() < self.weather.switching:
            sleeps = self.dice.random() < self.weather.sleeping
            self._pause(invocation, place, self.dice.choice(SLEEPS) if sleeps else 0)

    def _pause(self, invocation: Invocation, place: str, asleep: int) -> None:
        invocation.asleep = asleep
        invocation.pause(place)

    def _is_doomed(self, place: str) -> bool:
        if place == self.crash_at:
            self.crash_at = None
            return True
        if place == self.weather.cursed:
            return True
        times = FAULT_POINT if place in POINTS else 1
        if self.crashes >= self.weather.misfortunes or self.dice.random() >= self.weather.crashing * times:
            return False
        self.crashes += 1
        return True

    def sleep(self, seconds: float) -> None:
        """Stand in for ``time.sleep``."""
        self.stage.now += int(seconds * 1000)
        self.at("a pause of its own")

    def at_point(self, point: FaultPoint) -> None:
        """Listen at the product's fault points."""
        self.at(point)

    def at_request(self, moment: str, request: Request) -> None:
        """Watch the requests to AWS."""
        self.at(f"{moment} {request.service}.{request.operation}")

    def _at_interview(self) -> None:
        if self.weather.slowest_interview:
            self.let_pass(self.dice.randint(0, self.weather.slowest_interview), self.awake)
        self.at("an interview")

    def _open_slice(self, invocation: Invocation) -> Item | None:
        place = invocation.slice_place
        return self.stage.aws.table(deps().settings.jobs_table).get(place) if place else None

    def _working_on(self) -> str:
        place = self.current.slice_place if self.current else None
        return place[0].removeprefix("job#") if place else ""

    def _is_overtaken(self) -> bool:
        """Tell whether the running worker has lost its slice, and could not help it."""
        invocation = self.current
        if invocation is None or not invocation.unsteady:
            return False
        item = self._open_slice(invocation)
        return item is None or item["claims"] != invocation.claim or item["lease_until"] <= self.stage.now

    def watch(self, work: Callable[[], object]) -> None:
        """Do what a function does; what it fails with that no fault explains is a mistake."""
        try:
            work()
        except EXPLAINED:
            raise
        except Exception as mistake:
            self.surprises.append(mistake)
            raise

    def note_mistake(self, _: str) -> None:
        """Look at what ended work that nobody waits for an answer of."""
        mistake = sys.exc_info()[1]
        if mistake is not None and not isinstance(mistake, EXPLAINED):
            self.surprises.append(mistake)

    def handle_each(self, event: SQSEvent, queue: Queue, handle: Handle) -> Answer:
        """Do what ``app.py`` has done with messages, and watch."""
        return handle_each(event, queue, lambda said, delivery: self.watch(lambda: handle(said, delivery)))

    def clear_up(self) -> None:
        """Let nothing go wrong from now on; what was begun goes on where it stands."""
        self.tell("the weather clears up")
        self.weather = CALM
        for one in self.running:
            one.asleep = 0
        self.crash_at = self.sleep_at = None
        self.stage.aws.faults.forget()


def _noting_claims(world: World) -> Callable[[RunStore, Slice, Slice], None]:
    """Return the store's own method, with a note of who claims what."""
    claim = RunStore.claim

    def noted(store: RunStore, found: Slice, claimed: Slice) -> None:
        if world.current is not None:
            world.current.claim = claimed.claims
            place = (f"job#{found.job_id}", f"run#{found.run:04d}#open#{found.start:09d}")
            world.current.slice_place = place
        claim(store, found, claimed)

    return noted


@contextmanager
def opened_world(seed: int, weather: Weather = CALM) -> Iterator[World]:
    """Make a world of its own, in which only the seed decides, until the end of the context."""
    dice = random.Random(seed)
    names = random.Random(f"names {seed}")

    def next_name() -> uuid.UUID:
        return uuid.UUID(int=names.getrandbits(128), version=4)

    reserved_words()  # what that imports, once a process, takes names of its own
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(uuid, "uuid4", next_name))
        stage = stack.enter_context(opened_stage())
        world = World(stage, dice, weather)
        stage.engine = world.engine
        use(replace(deps(), engine=lambda: world.engine, beating=world.beating, beside=world.beside))
        stage.aws.faults.dice = stage.aws.sqs.dice = dice
        faults = stage.aws.faults
        faults.active, faults.chances, faults.most = False, dict(weather.faults), weather.misfortunes
        faults.watch = world.at_request
        stack.enter_context(mock.patch.object(RunStore, "claim", _noting_claims(world)))
        # What a warm worker remembers must not decide how the next world goes.
        for remembered in ("job_files.subset._held", "credits.prices._TABLES"):
            stack.enter_context(mock.patch.dict(f"chalicelib.services.{remembered}", clear=True))
        for target, stand_in in (
            ("time.sleep", world.sleep),
            ("random.uniform", dice.uniform),
            # Of equals, one makes room for the other at every look, or only now and then.
            ("chalicelib.domain.runs.turns.TURN_MILLISECONDS", dice.choice([0, 5_000])),
            ("app.handle_each", world.handle_each),
            ("chalicelib.services.running.lease.threading", SimpleNamespace(Lock=Latch)),
            ("chalicelib.services.running.invocation.logger", SimpleNamespace(exception=world.note_mistake)),
        ):
            stack.enter_context(mock.patch(target, stand_in))
        listen(world.at_point)
        disabled = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            yield world
        finally:
            world.end_all()
            logging.disable(disabled)
            listen(None)
