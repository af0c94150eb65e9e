"""What is simulated: which jobs come when, and with which settings of a stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from infra.bill.planned import Asked, window
from infra.scale.published import AS_IT_COMES, Published


@dataclass(frozen=True)
class ScaleJob:
    """One job; ``at`` is in seconds."""

    account: str
    interviews: int
    at: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """Jobs, and the stage that they come to."""

    name: str
    jobs: Sequence[ScaleJob]
    questions: int = 3
    seconds_per_call: float = 2.0
    requests_a_minute: int | None = None
    """That the models' provider takes of all together; None: as many as come."""
    window: int = window()
    workers: int = 900
    """Maximum concurrency of the workers' event source; the rest is the other functions'."""
    published: Published = AS_IT_COMES

    def asked(self, interviews: int) -> Asked:
        """Return a job of it as the planning rules take it."""
        return Asked(interviews, self.questions, self.seconds_per_call)


GREEDY = "greedy"


def one_large(interviews: int = 1_000_000) -> Scenario:
    """Return one job alone."""
    return Scenario(f"one job of {interviews:,}", [ScaleJob(GREEDY, interviews)])


def many_accounts(
    accounts: int = 500, interviews: int = 1_000_000, largest: float = 0.9, jobs_of_largest: int = 50
) -> Scenario:
    """Return many accounts at once, of which one sends most: in as many jobs as its windows fill workers."""
    others = accounts - 1
    large = [ScaleJob(GREEDY, int(interviews * largest) // jobs_of_largest) for _ in range(jobs_of_largest)]
    # It comes first: the others meet it at work.
    small = [
        ScaleJob(f"account-{number:03d}", int(interviews * (1 - largest)) // others, at=60.0)
        for number in range(others)
    ]
    return Scenario(f"{accounts} accounts, one sends {largest:.0%}", [*large, *small])


def limited(interviews: int = 100_000, accounts: int = 20, requests: int = 10_000) -> Scenario:
    """Return accounts that share a provider's limit with one key."""
    jobs = [ScaleJob(f"account-{number:03d}", interviews // accounts) for number in range(accounts)]
    name = f"{accounts} accounts, a provider that takes {requests:,} a minute"
    return Scenario(name, jobs, questions=1, requests_a_minute=requests)


def warm(scenario: Scenario, writes: int) -> Scenario:
    """Return a scenario with a table that was made ready for so many writes a second (warm throughput)."""
    published = replace(scenario.published, table_writes=writes)
    return replace(scenario, name=f"{scenario.name}, cache table warm for {writes:,}", published=published)
