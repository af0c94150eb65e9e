"""What flows at a bounded rate: writes of a table or of partitions, and an event source that grows."""

from dataclasses import dataclass

from infra.scale.published import HALF_HOUR, MINUTE, Published


@dataclass
class Writes:
    """Writes that are done at a rate, in the order in which they come; seconds."""

    rate: float
    grows_to: float
    """The rate doubles each half hour in which more than half of it was used, up to this."""
    done_at: float = 0.0
    delayed: float = 0.0
    """The longest that some of them had to wait."""
    _grown_at: float = 0.0
    _used: float = 0.0

    def finish(self, count: float, now: float, usual: float) -> float:
        """Return when so many are done that begin now; ``usual`` is when if nothing is in the way."""
        self._grow(now)
        self._used += count
        self.done_at = max(self.done_at, now) + count / self.rate
        self.delayed = max(self.delayed, self.done_at - usual)
        return max(usual, self.done_at)

    def _grow(self, now: float) -> None:
        while now - self._grown_at >= HALF_HOUR:
            if self._used > self.rate * HALF_HOUR / 2:
                self.rate = min(self.grows_to, 2 * self.rate)
            self._grown_at, self._used = self._grown_at + HALF_HOUR, 0.0


@dataclass
class EventSource:
    """How many invocations of a queue's function may run at once."""

    published: Published
    most: int
    """Its own maximum concurrency, or what the account leaves for it."""
    waiting_since: float | None = None
    """Since when messages have waited."""

    def allowed(self, now: float) -> int:
        """Return how many at a time, in seconds."""
        waited = 0.0 if self.waiting_since is None else now - self.waiting_since
        grown = self.published.first_invocations + self.published.more_a_minute * waited / MINUTE
        return min(self.most, self.published.most_of_a_source, int(grown))
