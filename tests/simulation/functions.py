"""The functions that run in one world, and the time that passes for all of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from chalicelib.storage.aws.clients import trouble_of
from tests.simulation.invocations import Heart, Invocation
from tests.simulation.weather import Weather
from tests.support.fakes.aws.stage import FakeStage

STEP = 5_000
"""Milliseconds that pass between two looks at whose heart has to beat."""


class WouldWaitError(Exception):
    """A lock is held by a function that stands still."""


class Latch:
    """A lock in a world where only one thing happens at a time: who finds it taken must come later."""

    def __init__(self) -> None:
        self._taken = False

    def __enter__(self) -> None:
        if self._taken:
            raise WouldWaitError
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False


class Functions:
    """What runs, which of it has the baton, and what time it is."""

    def __init__(self, stage: FakeStage, dice: random.Random, weather: Weather) -> None:
        self.stage = stage
        self.dice = dice
        self.weather = weather
        self.running: list[Invocation] = []
        self.current: Invocation | None = None
        self.beats = False
        """What runs at this moment is a heartbeat, which is not interrupted."""
        self.story: list[str] = []
        self._begun_at = stage.now
        self._invoked = 0
        self.failed_slices = 0
        """Runs of slices that came to no good end, or whose worker could not keep hold of them; all that
        were run beside another one count."""

    def tell(self, what: str) -> None:
        """Add a line to what the report of a failing schedule shows."""
        self.story.append(f"{(self.stage.now - self._begun_at) / 1000:9.3f}  {what}")

    @property
    def awake(self) -> list[Invocation]:
        """Return the functions that can go on now."""
        return [one for one in self.running if not one.asleep and (one.awaited is None or one.awaited.ended)]

    def count_event(self) -> None:
        """Let sleepers come nearer to their waking."""
        for one in self.running:
            one.asleep = max(0, one.asleep - 1)

    def start(self, name: str, work: Callable[[], None], seconds: int) -> Invocation:
        """Have a function invoked; it does nothing before it is told to go on."""
        self._invoked += 1
        made = Invocation(f"#{self._invoked} {name}", work, self.stage.now, seconds * 1000)
        made.process.append(made)
        self.running.append(made)
        return made

    def beside(self, work: Callable[[], None]) -> Callable[[], None]:
        """Stand in for a thread: what runs now starts something else in its process."""
        parent = self.current
        assert parent is not None
        self.failed_slices += 1
        made = self.start(f"beside {parent.name}", work, 0)
        made.started_at, made.limit = parent.started_at, parent.limit
        made.process = parent.process
        made.process.append(made)

        def join() -> None:
            waiting = self.current
            assert waiting is not None
            while not made.ended:
                waiting.awaited = made
                waiting.pause(f"waiting for {made.name}")
            waiting.awaited = None

        return join

    def go_on(self, invocation: Invocation) -> None:
        """Let a function run until it pauses or ends."""
        faults = self.stage.aws.faults
        self.current, faults.active = invocation, True
        try:
            invocation.resume()
        finally:
            self.current, faults.active = None, False
        if invocation.ended:
            self.running.remove(invocation)
            for other in invocation.process if invocation.killed else ():
                if not other.ended and not other.killed:
                    self.end(other)
            how = f"dies of {invocation.problem}" if invocation.problem else "ends"
            self.tell(f"{invocation.name} {how}")
        else:
            self.tell(f"{invocation.name} pauses at {invocation.place}")

    def end(self, invocation: Invocation) -> None:
        """Kill a function where it stands."""
        invocation.killed = True
        self.go_on(invocation)

    def end_all(self) -> None:
        """Kill everything that still runs."""
        while self.running:
            self.end(self.running[0])

    def pass_time(self, seconds: float) -> None:
        """Let time pass: hearts beat, unless their function stands still; who is over its time dies."""
        # A process stands still as a whole; who waits for another part of it is as awake as that.
        steady = {
            id(one.process): self.dice.random() >= self.weather.freezing
            for one in self.running
            if not one.asleep
        }
        awake = [one for one in self.running if not one.asleep and steady[id(one.process)]]
        self.tell(f"{seconds} s pass; alive are {[one.name for one in awake]}")
        self.let_pass(int(seconds * 1000), awake)
        for one in list(self.running):
            if self.stage.now - one.started_at > one.limit and not one.ended:
                self.end(one)

    def let_pass(self, milliseconds: int, awake: Collection[Invocation]) -> None:
        """Let time pass for functions of which only some are awake."""
        for one in self.running:
            if milliseconds and (one not in awake or not one.hearts):
                one.unsteady = True
        until = self.stage.now + milliseconds
        while self.stage.now < until and any(one.hearts for one in awake):
            self.stage.now = min(self.stage.now + STEP, until)
            for one in awake:
                for heart in list(one.hearts):
                    if heart.due <= self.stage.now:
                        heart.due = self.stage.now + heart.every
                        self._beat(one, heart)
        self.stage.now = max(self.stage.now, until)

    def _beat(self, invocation: Invocation, heart: Heart) -> None:
        faults = self.stage.aws.faults
        before = self.current, self.beats, faults.active
        self.current, self.beats, faults.active = invocation, True, True
        try:
            trouble = trouble_of(heart.beat)
            invocation.unsteady = invocation.unsteady or trouble is not None
        except WouldWaitError:
            invocation.unsteady = True
        finally:
            self.current, self.beats, faults.active = before

    @contextmanager
    def beating(self, seconds: float, beat: Callable[[], None]) -> Iterator[None]:
        """Stand in for the product's heartbeat, which is a thread and a real clock."""
        invocation = self.current
        assert invocation is not None
        every = int(seconds * 1000)
        heart = Heart(beat, every, self.stage.now + every)
        invocation.unsteady = trouble_of(beat) is not None or invocation.unsteady
        invocation.hearts.append(heart)
        try:
            yield
        finally:
            if heart in invocation.hearts:
                invocation.hearts.remove(heart)
