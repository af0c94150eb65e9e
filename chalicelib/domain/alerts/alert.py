"""Alerts: who wants to be told of a job's end, and how the telling stands.

An ending raises one alert a channel. Each is tried until it is delivered, refused for good, or a day
has passed; a try is written down as failed before it is made, so that one which kills its process
waits for its turn like any other.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.limits import LONGEST_DELAY_SECONDS
from chalicelib.domain.status import JobStatus

EMAIL = "email"
WEBHOOK = "webhook"
MOST_WEBHOOKS = 3
WAITS = (30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
"""Seconds from each failed try to the next; together a little less than a day."""
MOST_TRIES = len(WAITS) + 1
LEASE_SECONDS = 90
"""A try takes less: whoever is still at it then is dead (the function's time limit is shorter)."""
GRACE_SECONDS = 60
"""How late a message may be before the sweeper sends another."""
LONGEST_GRACE = 3600


class EmailDelivery(StrEnum):
    """What becomes of e-mail on a stage."""

    SENT = "sent"
    KEPT = "kept"
    """Taken by a laptop's own AWS, which sends none."""
    NONE = "none"
    """Its operator has chosen no sender."""


class UndeliveredError(Exception):
    """An alert could not be delivered; ``problem`` is a sentence for its owner.

    ``final``: trying again is of no use.
    """

    def __init__(self, problem: str, *, final: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.final = final


@dataclass(frozen=True)
class Alert:
    """One channel to be told of one ending. Times are milliseconds since 1970."""

    job_id: str
    ending: int
    """The number of the history item that it tells of."""
    channel: str
    """``email``, or ``webhook-`` and a number."""
    status: JobStatus
    due_at: int
    """When it is to be tried (again)."""
    look_at: int
    """When the sweeper is to see to it that it is."""
    address: str = ""
    """A webhook's; e-mail goes to the account's own."""
    tries: int = 0
    nudges: int = 0
    problem: str = ""
    """What was wrong with the last try."""
    version: int = 0

    @property
    def name(self) -> str:
        """Return what tells it from all others, the same in every try."""
        return f"alert_{self.job_id}_{self.ending}_{self.channel}"

    @property
    def exhausted(self) -> bool:
        """Tell whether it has been tried as often as it may be."""
        return self.tries >= MOST_TRIES

    def begun(self, now: int) -> "Alert":
        """Return it as it is once a try has begun: nobody else's, and failed until told otherwise."""
        wait = max(LEASE_SECONDS, self._wait(self.tries + 1)) * 1000
        return replace(self, tries=self.tries + 1, due_at=now + wait, look_at=now + wait, nudges=0)

    def failed(self, now: int, problem: str) -> "Alert":
        """Return it as it waits for its next try."""
        wait = self._wait(self.tries)
        grace = GRACE_SECONDS if wait <= LONGEST_DELAY_SECONDS else 0
        return replace(
            self,
            due_at=now + wait * 1000,
            look_at=now + (wait + grace) * 1000,
            nudges=0,
            problem=problem,
        )

    def nudged(self, now: int) -> "Alert":
        """Return it as it is once it has got its message again; the next follows after ever longer."""
        grace = min(GRACE_SECONDS * 2**self.nudges, LONGEST_GRACE)
        return replace(self, look_at=now + grace * 1000, nudges=self.nudges + 1)

    @staticmethod
    def _wait(tries: int) -> int:
        return WAITS[min(tries, len(WAITS)) - 1]


@dataclass(frozen=True)
class AlertsWanted:
    """What a job's owner asked for (the client's ``alert_on_completion_config``)."""

    statuses: tuple[JobStatus, ...] | None = None
    """Endings to be told of; None: all."""
    email: bool = False
    webhooks: tuple[str, ...] = ()

    def raised_by(self, job_id: str, ending: int, status: JobStatus, at: int) -> tuple[Alert, ...]:
        """Return the alerts that a job's ending calls for."""
        if self.statuses is not None and status not in self.statuses:
            return ()
        channels = [(EMAIL, "")] if self.email else []
        channels += [(f"{WEBHOOK}-{number}", url) for number, url in enumerate(self.webhooks, 1)]
        return tuple(
            Alert(
                job_id=job_id,
                ending=ending,
                channel=channel,
                status=status,
                due_at=at,
                look_at=at + GRACE_SECONDS * 1000,
                address=address,
            )
            for channel, address in channels
        )
