"""That a run waits for what a provider takes in a minute: a mark by its workers, set anew while it is so."""

from dataclasses import dataclass

MARKED = 30_000
"""Milliseconds for which a mark stands."""
RENEWED = 10_000
"""After so long a worker whose calls still wait sets it anew."""


@dataclass(frozen=True)
class LimitWait:
    """A model that a run would ask faster than all workers together may."""

    service: str
    model: str
    requests_per_minute: int | None
    """What they may ask at present, for all runs together; None: its tokens are what is limited, or its
    calls in flight."""
    until: int
    """Milliseconds since 1970."""
