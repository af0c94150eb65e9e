"""How fast a run goes, and how long it will still take."""

import math
from dataclasses import dataclass

from chalicelib.domain.run import Run

MILLISECONDS_PER_MINUTE = 60_000


@dataclass(frozen=True)
class Progress:
    """None stands for what cannot be known yet."""

    interviews_per_minute: float | None
    seconds_left: int | None


def progress_of(run: Run, *, now: int, going_on: bool) -> Progress:
    """Return how a run gets on at a time, in milliseconds since 1970.

    The rate is that of the whole run so far: while nothing comes it falls, and the time left grows.
    A run that does not go on has its last rate, and no time left unless it is whole.
    """
    until = now if going_on and not run.finished else run.moved_at
    minutes = (until - run.started_at) / MILLISECONDS_PER_MINUTE
    rate = run.recorded / minutes if run.recorded and minutes > 0 else None
    if run.finished:
        left: int | None = 0
    elif rate is None or not going_on:
        left = None
    else:
        left = math.ceil((run.total - run.recorded) / rate * 60)
    return Progress(round(rate, 2) if rate is not None else None, left)
