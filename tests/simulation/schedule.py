"""One course of events, decided by a seed: a few jobs, bad weather, and then calm until all is at rest."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.services.credits.ledger import balance_of, grant
from tests.simulation.jobs import some_job
from tests.simulation.promises import Promises
from tests.simulation.traffic import Traffic
from tests.simulation.weather import rough_weather, some_weather
from tests.simulation.world import opened_world
from tests.support.stage import limit

EVENTS = 250
EVENTS_UNDER_A_CURSE = 800
MOST_AT_ONCE = 5
"""Functions that run side by side, not counting those that stand still."""
ROUGH = 0.25
MEDDLING = 0.25
POOR = 0.2
MOST_OF_THE_POOR = 1_500
"""Hundredths of a credit. What one interview may cost at the most is some hundreds."""
STORY = 200
"""Lines of what happened last that a failure tells."""
STEPS_TO_REST = 4_000
"""Nothing needs more than a small part of so many (P8)."""
TIMES = (1, 10, 10, 31, 31, 61, 100, 900)
"""Seconds that may pass at once: within a lease, past one, past any wait for a failed message."""
FIRST_WAIT = 30
LONGEST_WAIT = 3_600


def run_schedule(seed: int) -> Traffic:
    """Run one schedule to its end and check all promises; return what was there, to look at."""
    with scheduled(seed) as traffic:
        Promises(traffic).at_rest()
        return traffic


@contextmanager
def scheduled(seed: int) -> Iterator[Traffic]:
    """Run one schedule; yield its world at rest."""
    dice = random.Random(f"schedule {seed}")
    rough = dice.random() < ROUGH
    with opened_world(seed, rough_weather(dice) if rough else some_weather(dice)) as world:
        limit(slice_size=dice.choice([1, 2, 3, 5, 8]), smallest_slice=1, window=dice.choice([1, 2, 4]))
        traffic = Traffic(world)
        try:
            _begin(traffic, dice, stubborn=rough)
            for _ in range(EVENTS_UNDER_A_CURSE if world.weather.cursed else EVENTS):
                if not _happen(traffic, dice):
                    break
            come_to_rest(traffic)
            yield traffic
        except Exception as problem:
            problem.add_note("\n".join(["What happened:", *world.story[-STORY:]]))
            raise


def _begin(traffic: Traffic, dice: random.Random, *, stubborn: bool) -> None:
    for _ in range(1 if stubborn else dice.choice([1, 1, 2, 3])):
        traffic.submit(some_job(dice))
    # Drawn by themselves, so that the schedules of before go on as they did.
    whims = random.Random(f"whims {dice.random()}")
    for client in traffic.clients:
        client.meddles = not stubborn and whims.random() < MEDDLING
    if whims.random() < POOR:
        account = traffic.world.stage.account
        left = whims.randrange(MOST_OF_THE_POOR)
        grant(account.account_id, left - balance_of(account).total, "All but a little is taken back.")
    engine = traffic.world.engine
    engine.batch = dice.choice([1, 2, 5])
    if stubborn:
        # A slice is claimed in vain and halved, again and again, while others deal with it too.
        dice.choice([engine.slow, engine.kills]).add(dice.randrange(6))
        traffic.repeating = 3.0
    if dice.random() < 0.3:
        # Once only: of an engine that dies twice in one claim all that is missing is given up.
        engine.dies_before.add(dice.randrange(10))
    for index in range(20):
        if dice.random() < 0.06:
            engine.failing.add(index)
        if dice.random() < 0.01:
            engine.slow.add(index)
        if dice.random() < 0.01:
            engine.kills.add(index)
        if whims.random() < 0.05:
            engine.refusing[index] = whims.randrange(1, 3)


def _happen(traffic: Traffic, dice: random.Random) -> bool:
    """Let one thing happen; tell whether anything may still happen by itself."""
    world = traffic.world
    world.count_event()
    possible: list[tuple[float, Callable[[], object]]] = [
        (1, lambda: world.pass_time(dice.choice(TIMES))),
        (0.3, lambda: _start(traffic, traffic.sweep)),
    ]
    awake = world.awake
    if awake:
        possible.append((8, lambda: world.go_on(dice.choice(awake))))
    if len(awake) < MOST_AT_ONCE:
        if traffic.impatient:
            possible.append(
                (3, lambda: _start(traffic, lambda: traffic.hear(dice.choice(traffic.impatient))))
            )
        if traffic.meddlers:
            possible.append(
                (0.4, lambda: _start(traffic, lambda: traffic.meddle(dice.choice(traffic.meddlers))))
            )
        if traffic.waiting:
            possible.append((4, lambda: traffic.deliver(dice.choice(traffic.waiting))))
        if traffic.delivered:
            again = dice.randrange(len(traffic.delivered))
            possible.append((traffic.repeating, lambda: traffic.deliver_again(again)))
    weights, events = zip(*possible, strict=True)
    dice.choices(events, weights)[0]()
    traffic.counts.look()
    return bool(world.running or traffic.impatient or traffic.next_message_at)


def _start(traffic: Traffic, begin: Callable[[], object]) -> None:
    begin()
    traffic.world.go_on(traffic.world.running[-1])


def come_to_rest(traffic: Traffic) -> None:
    """Let the weather clear up and everything take its course, until nothing is left to happen (P8)."""
    world = traffic.world
    world.clear_up()
    wait, swept_at = FIRST_WAIT, world.stage.now
    for _ in range(STEPS_TO_REST):
        traffic.counts.look()
        if world.running:
            world.go_on(world.awake[0])
        elif traffic.impatient:
            traffic.hear(traffic.impatient[0])
        elif traffic.waiting:
            traffic.deliver(traffic.waiting[0])
        elif world.stage.now >= swept_at + wait * 1000:
            wait, swept_at = min(wait * 2, LONGEST_WAIT), world.stage.now
            traffic.sweep()
        elif traffic.next_message_at is None and not traffic.open_jobs:
            return
        else:
            until = min(at for at in (traffic.next_message_at, swept_at + wait * 1000) if at is not None)
            world.pass_time(max(1, until - world.stage.now) / 1000)
    raise AssertionError("P8: it does not come to rest")
