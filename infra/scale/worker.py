"""A worker's environment in the simulation, and the slices that it runs."""

from dataclasses import dataclass, field

from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.turns import Place


@dataclass
class Running:
    """A slice that has a worker; times in seconds."""

    item: Slice
    place: Place
    environment: "Environment"
    began: float
    asks_from: float
    """When its first call is made."""
    ends: float
    started_calls: int = 0
    """Of a slice whose calls a limit hands out."""
    draining: bool = False
    over: bool = False

    def done_at(self, now: float, last_call: float) -> int:
        """Return how many interviews are done when those have ended that go on now."""
        part = (now + last_call - self.asks_from) / max(self.ends - self.asks_from, 1e-9)
        return max(0, min(self.item.interviews, int(part * self.item.interviews)))


@dataclass
class Environment:
    """One invocation's: it runs a slice, beside those that make room and come to their end."""

    active: Running | None = None
    draining: list[Running] = field(default_factory=list)
