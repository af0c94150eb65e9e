"""How a client release waits for its job, as data: when it asks, and how long it sleeps between.

Read in the clients themselves (docs/client-contract.md, section 3.1). The first question comes right after
the job was made; each answer that is no end is followed by a sleep, and that by the next question.
"""

from dataclasses import dataclass

from chalicelib.releases.release import newest_not_newer

FIRST_QUESTION_SECONDS = 5.0
"""So soon after its job was made, or came into its status, a client that waits has asked first."""
WORK_SECONDS = 1.0
"""Between an answer and the next question a client also works, and both are under way."""
ROUNDING_SECONDS = 0.05
LOOKING_ON = (1.0, 1.0)
"""``.fetch()``, which follows a job that was sent in the background."""


@dataclass(frozen=True)
class Polling:
    """How one release waits."""

    name: str
    pauses: tuple[tuple[float, float], ...]
    """Seconds, at least and at most, that it sleeps between an answer and its next question."""
    hold_seconds: float = 24.0
    """It waits longer for an answer, and API Gateway gives up after 29."""
    work_per_interview: float = 0.0
    """Seconds that it works before it sleeps, for each interview."""

    def follows_a_pause(self, seconds: float, interviews: int = 0) -> bool:
        """Tell whether a question so long after the last answer comes from a client that waits."""
        work = WORK_SECONDS + self.work_per_interview * interviews
        return any(
            shortest - ROUNDING_SECONDS <= seconds <= longest + work for shortest, longest in self.pauses
        )


POLLINGS: tuple[Polling, ...] = (
    # These give up after 20 s.
    Polling("0.1.33", pauses=((5.0, 5.0),), hold_seconds=15.0),
    Polling("0.1.38", pauses=((3.0, 3.0),), hold_seconds=15.0),
    Polling("0.1.39", pauses=((1.0, 1.0),), hold_seconds=15.0),
    # From here on they give up after 40 s.
    Polling("0.1.40", pauses=((1.0, 1.0),)),
    Polling("0.1.48", pauses=(LOOKING_ON, (4.0, 4.0))),
    # By its guess of 0.07 s a prompt: three tenths of what is left of it, up to 30 s, then 10, 5, 2. It makes
    # all its interviews anew before each sleep.
    Polling(
        "1.0.5",
        pauses=(LOOKING_ON, (2.0, 2.0), (5.0, 5.0), (10.0, 10.0), (18.0, 30.0)),
        work_per_interview=0.002,
    ),
)


def polling_of(version: str) -> Polling:
    """Return how a client of some version waits."""
    return newest_not_newer(POLLINGS, version)
