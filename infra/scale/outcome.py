"""What a simulated scenario came to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from infra.scale.scenario import GREEDY


@dataclass
class JobTimes:
    """When a job came, got its first answer, and ended; in seconds."""

    account: str
    interviews: int
    came: float
    first_answer: float = float("inf")
    ended: float = float("inf")


@dataclass
class Result:
    """How long it took, and how near to AWS's limits it came."""

    name: str
    seconds: float = 0.0
    workers: int = 0
    answers: int = 0
    jobs: list[JobTimes] = field(default_factory=list)
    made_room: int = 0
    """How often a slice made room for another account's."""
    looks: int = 0
    failed_looks: int = 0
    """That the partition of marks could not answer."""
    most_read: float = 0.0
    """Read units a second that looks asked of that partition at the most."""
    table_delay: float = 0.0
    """Seconds that answers waited at the most for their table to take them."""
    partition_delay: float = 0.0
    """The same, for their account's partitions of it."""
    peaks: dict[str, float] = field(default_factory=dict)
    """Write units of one partition in its busiest second, by kind."""

    @property
    def others(self) -> list[JobTimes]:
        """Return the jobs of all but the account that sends most."""
        return [job for job in self.jobs if job.account != GREEDY]

    def first_answers(self) -> list[float]:
        """Return how long each of the others waited for its first answer, ascending."""
        return sorted(job.first_answer - job.came for job in self.others)

    def ends(self) -> list[float]:
        """Return how long each of the others waited for its end, ascending."""
        return sorted(job.ended - job.came for job in self.others)


def part(values: Iterable[float], share: float) -> float | None:
    """Return the value below which a share of ascending ones lies; None of none."""
    known = list(values)
    return known[min(len(known) - 1, int(share * len(known)))] if known else None
