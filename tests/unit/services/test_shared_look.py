"""One look for all who wait."""

import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from chalicelib.services.shared_look import SharedLook

LONG = 60.0
"""Nothing here waits so long."""


class World:
    """What there is to see, and how often somebody looked."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.looks: list[frozenset[str]] = []
        self.failing = 0

    def look(self, names: Collection[str]) -> Mapping[str, int]:
        self.looks.append(frozenset(names))
        if self.failing:
            self.failing -= 1
            raise RuntimeError("nothing can be seen")
        return dict(self.seen)


def looking(world: World) -> SharedLook[int]:
    return SharedLook(world.look, interval_seconds=0.01)


def is_there(seen: int | None) -> bool:
    return seen is not None


def until(what: object) -> None:
    assert callable(what)
    deadline = time.monotonic() + LONG
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_who_waits_is_woken_when_it_has_come() -> None:
    world = World()
    look = looking(world)
    threading.Timer(0.05, lambda: world.seen.update(one=1)).start()
    assert look.wait("one", LONG, is_there)


def test_who_waits_in_vain_is_told() -> None:
    world = World()
    assert not looking(world).wait("one", 0.1, is_there)
    assert world.looks


def test_hundreds_are_served_by_the_looks_of_one() -> None:
    world = World()
    look = looking(world)
    names = [f"number {number}" for number in range(300)]
    with ThreadPoolExecutor(len(names)) as pool:
        waiting = [pool.submit(look.wait, name, LONG, is_there) for name in names]
        until(lambda: world.looks and len(world.looks[-1]) == len(names))
        before = len(world.looks)
        world.seen.update(dict.fromkeys(names, 1))
        assert all(one.result() for one in waiting)
        assert len(world.looks) <= before + 3


def test_a_look_that_fails_is_made_again() -> None:
    world = World()
    world.failing = 3
    world.seen["one"] = 1
    assert looking(world).wait("one", LONG, is_there)
    assert len(world.looks) == 4


def test_nobody_looks_while_nobody_waits() -> None:
    world = World()
    look = looking(world)
    look.wait("one", 0.05, is_there)
    until(lambda: all(thread.name != "shared look" for thread in threading.enumerate()))
    before = len(world.looks)
    world.seen["one"] = 1
    assert look.wait("one", LONG, is_there)  # and then somebody does again
    assert len(world.looks) > before
