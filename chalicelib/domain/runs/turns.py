"""Whose turn it is: how the workers are shared out among the accounts that want some.

An account alone has all of them. When another one waits, workers of an account that has more than its
share make room, one slice at a time.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

GRACE_MILLISECONDS = 300
"""A slice that has waited for less may still find a worker that is free."""
TURN_MILLISECONDS = 5_000
"""With as many accounts as workers, or more, each has one for so long: starting a slice costs a part of a
second, which is to stay a small part."""


@dataclass(frozen=True)
class Place:
    """A slice by its name, and whose it is."""

    account_id: str
    job_id: str
    run: int
    start: int


@dataclass(frozen=True)
class Waiting:
    """A slice that has no worker yet."""

    place: Place
    since: int
    """Milliseconds since 1970."""


@dataclass(frozen=True)
class Working:
    """A slice whose worker makes calls for it."""

    place: Place
    until: int
    """Milliseconds since 1970; a worker that is alive sets it anew in time."""


def makes_room_for(
    account_id: str, waiting: Iterable[Waiting], working: Iterable[Working], *, now: int, since: int
) -> list[Waiting]:
    """Return for which slices of others a worker makes room, that of the one with fewest workers first.

    ``account_id`` is whose slice it works on, and ``since`` when it began with that. None at all: it goes on.
    """
    held = _held(working, now)
    least = held[account_id] - (1 if now - since >= TURN_MILLISECONDS else 2)
    return _in_turn(
        (
            each
            for each in waiting
            if each.place.account_id != account_id
            and now - each.since >= GRACE_MILLISECONDS
            and held[each.place.account_id] <= least
        ),
        held,
    )


def next_in_turn(waiting: Iterable[Waiting], working: Iterable[Working], *, now: int) -> list[Waiting]:
    """Return the slices that a worker with room for one should take, the best first."""
    return _in_turn(waiting, _held(working, now))


def _held(working: Iterable[Working], now: int) -> Counter[str]:
    return Counter(each.place.account_id for each in working if each.until > now)


def _in_turn(waiting: Iterable[Waiting], held: Counter[str]) -> list[Waiting]:
    return sorted(waiting, key=lambda each: (held[each.place.account_id], each.since, each.place.start))
