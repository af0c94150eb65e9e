"""Five hundred accounts on twenty workers, one of which sends nine tenths of all work.

A simulation of the rules alone (``domain/runs/turns.py``, and queues that give out first what belongs to
an account with few slices in work), in steps of a tenth of a second. Nothing of it is timed.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

import pytest

from chalicelib.domain.runs.turns import Place, Waiting, Working, makes_room_for

WORKERS = 20
ACCOUNTS = 500
LARGE = "large"
SECONDS = 150
STEP = 0.1
LOOK_STEPS = 5
"""Workers look twice a second."""
OTHERS_LOAD = 0.12
"""Of all that the workers can do. With the large account's nine times as much there is more than that."""
SMALL_SECONDS = 2.0
LARGE_SECONDS = 20.0
MOST_READ = 20
RESTART_SECONDS = 0.5
"""What a slice costs that is handed on and begun again."""


@dataclass
class Slice:
    """A slice of a job; ``left`` are the seconds of a worker that it still needs."""

    place: Place
    left: float
    sent_at: float
    waits_since: float


@dataclass
class Stage:
    """Workers, what they do, and what waits."""

    waiting: list[Slice] = field(default_factory=list)
    at_work: dict[int, tuple[Slice, float]] = field(default_factory=dict)
    """By worker, its slice and since when it has had it."""
    waits: list[float] = field(default_factory=list)
    """How long each of the others' jobs took from its sending to its end."""
    done: float = 0.0
    """Seconds of the large account's slices that were done."""

    def step(self, number: int) -> None:
        now = number * STEP
        for worker in range(WORKERS):
            if worker not in self.at_work:
                self._receive(worker, now)
            elif (number + worker) % LOOK_STEPS == 0:
                self._look(worker, now)
        for worker, (one, _) in list(self.at_work.items()):
            one.left -= STEP
            self.done += STEP * (one.place.account_id == LARGE)
            if one.left <= 0:
                del self.at_work[worker]
                if one.place.account_id != LARGE:
                    self.waits.append(now + STEP - one.sent_at)

    def _receive(self, worker: int, now: float) -> None:
        held = Counter(one.place.account_id for one, _ in self.at_work.values())
        if self.waiting:
            chosen = min(self.waiting, key=lambda one: (held[one.place.account_id], one.waits_since))
            self._take(worker, chosen, now)

    def _look(self, worker: int, now: float) -> None:
        one, since = self.at_work[worker]
        account = one.place.account_id
        others = [each for each in self.waiting if each.place.account_id != account][:MOST_READ]
        marks = [Waiting(each.place, _milliseconds(each.waits_since)) for each in others]
        working = [Working(each.place, _milliseconds(now) + 1) for each, _ in self.at_work.values()]
        for mark in makes_room_for(
            account, marks, working, now=_milliseconds(now), since=_milliseconds(since)
        ):
            one.left += RESTART_SECONDS
            one.waits_since = now
            self.waiting.append(one)
            self._take(worker, next(each for each in self.waiting if each.place == mark.place), now)
            return

    def _take(self, worker: int, chosen: Slice, now: float) -> None:
        self.waiting.remove(chosen)
        self.at_work[worker] = (chosen, now)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def simulated(seed: int, *, with_large: bool) -> Stage:
    """Return how some minutes went."""
    dice, stage = random.Random(seed), Stage()
    rate = OTHERS_LOAD * WORKERS / SMALL_SECONDS
    next_job = dice.expovariate(rate)
    if with_large:
        slices = int(9 * OTHERS_LOAD * WORKERS * SECONDS / LARGE_SECONDS)
        for number in range(slices):
            stage.waiting.append(Slice(Place(LARGE, "job", 1, number), LARGE_SECONDS, 0.0, 0.0))
    jobs = 0
    for number in range(int(SECONDS / STEP)):
        now = number * STEP
        while next_job <= now:
            jobs += 1
            place = Place(f"account {dice.randrange(1, ACCOUNTS)}", f"job {jobs}", 1, 0)
            stage.waiting.append(Slice(place, SMALL_SECONDS, now, now))
            next_job += dice.expovariate(rate)
        stage.step(number)
    return stage


@pytest.mark.parametrize("seed", range(2))
def test_one_account_s_nine_tenths_do_not_double_the_others_wait(seed: int) -> None:
    alone, shared = simulated(seed, with_large=False), simulated(seed, with_large=True)
    assert len(shared.waits) > 0.95 * len(alone.waits) > 100
    assert median(shared.waits) < 2 * median(alone.waits)
    # Nor is the large one slowed down by more than what the others take, and a tenth.
    room = WORKERS * SECONDS - SMALL_SECONDS * len(shared.waits)
    assert shared.done > 0.9 * min(room, 9 * OTHERS_LOAD * WORKERS * SECONDS)


def test_without_making_room_the_first_of_them_would_wait_for_a_whole_slice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fair queues alone choose among those that wait; so the test above shows something."""
    longest = max(simulated(0, with_large=True).waits)
    monkeypatch.setattr(f"{__name__}.makes_room_for", lambda *_, **__: [])
    assert max(simulated(0, with_large=True).waits) > 3 * longest
