"""How well estimates did: what runs of one model were expected to cost, and what they did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """Sums over runs, in fine units (``funding.FINE``)."""

    runs: int = 0
    expected: int = 0
    actual: int = 0

    def after(self, *, expected: int, actual: int) -> "Accuracy":
        """Return it after a further run."""
        return Accuracy(self.runs + 1, self.expected + expected, self.actual + actual)

    @property
    def percent(self) -> int | None:
        """Return what runs cost, in percent of what was expected; None: nothing can be said."""
        return round(100 * self.actual / self.expected) if self.expected else None
