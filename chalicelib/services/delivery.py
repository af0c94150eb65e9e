"""One delivery of a message, as far as services have to do with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.services.deps import deps


@dataclass(frozen=True)
class Delivery:
    """What a function that was handed a message can ask and do."""

    seconds_left: Callable[[], float]
    """How long this function may still work."""
    hold: Callable[[int], None]
    """Keep the message from being delivered again for so many seconds, counted from now."""

    def renew(self) -> None:
        """Hold the message for one lease more."""
        self.hold(deps().settings.lease_seconds)


@contextmanager
def held(delivery: Delivery) -> Iterator[None]:
    """Hold a message while it is worked on, for never longer than a lease.

    Its queue would hide it for six times the function's time limit, as AWS asks; a killed function's
    message comes back within a lease.
    """
    with deps().beating(deps().settings.lease_seconds / 3, delivery.renew):
        yield


def lease_end() -> int:
    """Return until when what is held from now on is held, in milliseconds since 1970."""
    return deps().clock() + deps().settings.lease_seconds * 1000


def renewal_is_due(until: int) -> bool:
    """Tell whether a third of a lease that ends then is used up."""
    return until - deps().clock() <= deps().settings.lease_seconds * 1000 * 2 / 3


LOOK_SECONDS = 2.0
"""A job that is cancelled has to stop within ten seconds."""


def beat_seconds() -> float:
    """Return how often leases are looked after: two beats may fail before one runs out."""
    return min(LOOK_SECONDS, deps().settings.lease_seconds / 3)
