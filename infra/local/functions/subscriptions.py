"""What the application listens to: which handler reads which queue, and which runs at which times."""

import re
from dataclasses import dataclass

from infra.local.errors import StackError

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Subscription:
    """One event source mapping.

    ``queue`` is the logical id in ``infra/deploy/resources.yaml``; ``concurrency`` None is no limit.
    """

    handler: str
    queue: str
    batch_size: int
    window_seconds: int
    concurrency: int | None


@dataclass(frozen=True)
class Schedule:
    """One rule of EventBridge; ``expression`` is in its language: ``rate(1 minute)``."""

    handler: str
    expression: str

    def seconds(self) -> float:
        """Return the seconds from one invocation to the next. Raises StackError for anything but a rate."""
        match = re.fullmatch(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)", self.expression)
        if match is None:
            raise StackError(
                f"The schedule {self.expression!r} of {self.handler} cannot be kept here:"
                " the local stack knows rates only, such as rate(5 minutes)."
            )
        return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True)
class Sources:
    """All that the application listens to."""

    subscriptions: list[Subscription]
    schedules: list[Schedule]
