"""What becomes of a run's calls at the moment: a hint, which goes when its slice is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_NAME = 200
LONGEST_MESSAGE = 200
"""Characters. What a provider says is a stranger's word, in an item that is written every few seconds."""
MOST_REASONS = 3
"""Of one slice; the others are counted."""
MOST_TOLD = 10
"""Of a run."""


@dataclass(frozen=True)
class TriedAgain:
    """Calls of one model that were refused or cut off for one reason, and are being tried again."""

    exception_type: str
    """As an interview's exceptions name it."""
    service: str
    model: str
    calls: int
    message: str = ""
    """What was said the last time."""


@dataclass(frozen=True)
class CallsNow:
    """Calls of models."""

    in_flight: int = 0
    waiting: int = 0
    """For their turn, or for what their provider takes."""
    tried_again: int = 0
    """Of these, and of those that are soon asked for again, how many have come to nothing before."""
    reasons: tuple[TriedAgain, ...] = ()
    """The most frequent ones."""


NO_CALLS = CallsNow()


def merge_calls(several: Iterable[CallsNow], *, most: int = MOST_TOLD) -> CallsNow:
    """Add up calls, the most frequent reasons first."""
    in_flight = waiting = tried_again = 0
    found: dict[tuple[str, str, str], TriedAgain] = {}
    for calls in several:
        in_flight += calls.in_flight
        waiting += calls.waiting
        tried_again += calls.tried_again
        for reason in calls.reasons:
            name = (reason.exception_type, reason.service, reason.model)
            before = found[name].calls if name in found else 0
            found[name] = TriedAgain(*name, before + reason.calls, reason.message)
    reasons = sorted(found.values(), key=lambda reason: -reason.calls)[:most]
    return CallsNow(in_flight, waiting, tried_again, tuple(reasons))


def bounded(text: str, most: int) -> str:
    """Return a stranger's text as one line of so many characters at the most, which any table takes."""
    line = " ".join(text[: 4 * most].split()).encode(errors="replace").decode()
    return line if len(line) <= most else line[: most - 1] + "…"
