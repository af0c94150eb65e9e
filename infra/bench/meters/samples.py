"""Several measurements of one thing: their middle, their spread, their percentiles."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """The median of some values with the noise around it."""

    median: float
    least: float
    most: float
    times: int

    @property
    def noise(self) -> float:
        """The whole spread as a part of the median, 0 for a single value."""
        return (self.most - self.least) / self.median if self.median else 0.0


def measured(values: Sequence[float]) -> Measured:
    """Sum up at least one value."""
    return Measured(statistics.median(values), min(values), max(values), len(values))


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that at least ``part`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]
