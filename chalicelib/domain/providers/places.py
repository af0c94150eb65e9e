"""Calls in flight: the rule by which all workers that ask a model share what its provider takes at once.

Each holder, a worker's claim of a slice, says how many calls it would like to have in flight, and is given
its even share of the places: none is given what it does not want, and a holder that has more than its share
gives places back as its calls end. What is held lasts for some seconds, unless it is renewed: the places of a
worker that dies are free again soon. Times are milliseconds, moments those since 1970.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

RENEWAL = 2_000
"""So often a holder says again what it wants: one write, however many calls it makes meanwhile."""
RENEWAL_OF_MANY = 50
"""Longer by that for each holder: a thousand of them write twenty times a second."""
LASTS = 4
"""Renewals that may be missed."""
TURN = 5_000
"""Where places do not come out even the odd ones go round: fewer places than holders leave nobody out."""


@dataclass(frozen=True)
class Holder:
    """What one claim has of a limit."""

    held: int
    wanted: int
    until: int


@dataclass(frozen=True)
class Places:
    """Who has how many calls of a model in flight, asked with one key."""

    version: int = 0
    holders: Mapping[str, Holder] = field(default_factory=dict)

    def held_by(self, name: str) -> int:
        """Return how many places a holder has."""
        return self.holders[name].held if name in self.holders else 0


@dataclass(frozen=True)
class Need:
    """The calls that a holder would like to have in flight, and those that it has."""

    wanted: int
    used: int


def claimed(places: Places, name: str, need: Need, most: int, now: int) -> Places:
    """Return the places after a holder has said what it needs: its own changed, those of the dead gone."""
    others = {each: holder for each, holder in places.holders.items() if each != name and holder.until > now}
    if not need.wanted and not need.used:
        return replace(places, holders=others)
    wanted = min(max(need.wanted, need.used), most)
    wants = {each: holder.wanted for each, holder in others.items()} | {name: wanted}
    free = most - sum(holder.held for holder in others.values())
    held = max(need.used, min(_share(wants, name, most, now // TURN), free))
    until = now + LASTS * renewal_of(len(wants))
    return replace(places, holders=others | {name: Holder(held, wanted, until)})


def renewal_of(holders: int) -> int:
    """Return how long each of so many holders may wait before it says again what it wants."""
    return max(RENEWAL, RENEWAL_OF_MANY * holders)


def _share(wants: Mapping[str, int], name: str, most: int, turn: int) -> int:
    """Return an even share: who wants less leaves the rest to the others."""
    left, names = most, sorted(wants, key=lambda each: (wants[each], each))
    while wants[names[0]] * len(names) <= left:
        if names[0] == name:
            return wants[name]
        left -= wants[names.pop(0)]
    level, odd = divmod(left, len(names))
    return level + ((sorted(names).index(name) + turn) % len(names) < odd)
