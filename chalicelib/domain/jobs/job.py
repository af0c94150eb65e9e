"""A job: what a client sent to be run."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.alerts.alert import Alert, AlertsWanted
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.status import JobStatus

INSUFFICIENT_FUNDS = "insufficient funds"
"""Clients look for just these words (client contract, section 3.2)."""


class RetryScope(StrEnum):
    """Which interviews of a job that has ended are run again."""

    FAILED = "failed"
    """Those that failed, or of which there is nothing."""
    ALL = "all"


@dataclass(frozen=True)
class Job:
    """What a client sent to be run. Times are milliseconds since 1970."""

    job_id: str
    account_id: str
    release: str
    """The client's own version, as it said it: decides what it can read back."""
    created_at: int
    description: str | None = None
    iterations: int = 1
    visibility: Visibility = Visibility.UNLISTED
    results_visibility: Visibility = Visibility.UNLISTED
    results_description: str | None = None
    fresh: bool = False
    """Nobody's earlier answers are wanted; the new ones are for others to find."""
    caching: bool = False
    """Its account had its cache switched on when it sent the job."""
    interview_seconds: int | None = None
    key_id: str = ""
    """By which of its account's keys it was sent; empty: nobody wrote it down."""
    correlation_id: str = ""
    """By what the log's lines are found that follow from the request which had it run."""
    status: JobStatus | None = None
    """None: announced, its payload has still to come."""
    status_at: int = 0
    """When it came into that status; 0 while it is only announced."""
    reason: str | None = None
    """Why it failed, in a sentence for a person."""
    cause: str | None = None
    """The same in a word for programs, where there is one: ``INSUFFICIENT_FUNDS``."""
    run: int = 0
    plan: str = ""
    """Which attempt at planning it runs by; empty before it runs."""
    results_id: str | None = None
    results_deleted: bool = False
    """Its owner deleted the newest of them: nothing can be built upon them any more."""
    history_count: int = 0
    alerts: AlertsWanted | None = None
    """Who is to be told of its end."""
    retry: RetryScope | None = None
    """What its newest run is to do again, or did; None: it was never retried."""
    retry_of: tuple[ExceptionKind, ...] = ()
    """Of what failed only the interviews that met an exception of one of these kinds; none: all of it."""

    @property
    def asks_anew(self) -> bool:
        """Tell whether its run wants no earlier answers: sent as ``fresh``, or run again as a whole."""
        return self.fresh or self.retry is RetryScope.ALL

    @property
    def can_be_run_again(self) -> bool:
        """Tell whether a further run of it is possible at all: it has ended, and had once been started."""
        ended = self.status is not None and self.status.terminal
        return ended and not self.results_deleted and (bool(self.plan) or self.status is not JobStatus.FAILED)

    def goes_on(self, run: int) -> bool:
        """Tell whether a run of it goes on: not stopped, not ended, and none was begun after it."""
        return self.status is JobStatus.RUNNING and self.run == run

    def raised_alerts(self) -> tuple[Alert, ...]:
        """Return the alerts that its latest ending calls for, the same whenever they are asked for."""
        if self.alerts is None or self.status is None or not self.status.terminal:
            return ()
        return self.alerts.raised_by(self.job_id, self.history_count - 1, self.status, self.status_at)


@dataclass(frozen=True)
class OpenJob:
    """The mark of a job that has not ended: what the sweeper goes by."""

    job_id: str
    since: int = 0
    """The standstill it was last found in had begun then."""
    nudges: int = 0
    """How often it was nudged in that standstill."""
