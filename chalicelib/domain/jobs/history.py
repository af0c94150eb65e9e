"""What happened to a job, told to a person."""

from dataclasses import dataclass, field
from enum import StrEnum

from typing_extensions import TypedDict


class HistoryKind(StrEnum):
    """The kinds of history items, one a title."""

    QUEUED = "queued"
    STARTED = "started"
    CACHE = "cache"
    CANCELLATION_REQUESTED = "cancellation_requested"
    COMPLETED = "completed"
    PARTIALLY_FAILED = "partially_failed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RESULTS_DELETED = "results_deleted"
    ALERT_SENT = "alert_sent"
    ALERT_KEPT = "alert_kept"
    ALERT_FAILED = "alert_failed"


TITLES: dict[HistoryKind, str] = {
    HistoryKind.QUEUED: "Added to queue",
    HistoryKind.STARTED: "Started running",
    HistoryKind.CACHE: "Accessed remote cache",
    HistoryKind.CANCELLATION_REQUESTED: "Cancellation request sent",
    HistoryKind.COMPLETED: "Completed",
    HistoryKind.PARTIALLY_FAILED: "Partially failed",
    HistoryKind.FAILED: "Failed",
    HistoryKind.CANCELLED: "Cancelled",
    HistoryKind.RESULTS_DELETED: "Results deleted",
    HistoryKind.ALERT_SENT: "Alert sent",
    HistoryKind.ALERT_KEPT: "Alert kept, not sent",
    HistoryKind.ALERT_FAILED: "Alert failed",
}


class PaidBy(TypedDict):
    """With whose keys a run has asked a service, and what that cost."""

    service: str
    source: str
    """``house``, or which key of an account's it was."""
    units: int
    """Hundredths of a credit: none where it was not the house's."""


class HistoryDetails(TypedDict, total=False):
    """An item's numbers and names, for programs; which of them there are depends on its kind."""

    run: int
    """Which run of the job: queued again, started, cache, ended, results deleted."""
    retry: str
    """Which interviews are run again: queued again."""
    interviews: int
    """How many the run has: started, ended."""
    questions: int
    """How many the survey has: started."""
    retrieved: int
    """Entries found in the cache: cache."""
    added: int
    """Entries put into the cache: cache."""
    good: int
    """Interviews without an exception: ended."""
    with_exceptions: int
    """Interviews with one: ended."""
    units: int
    """Hundredths of a credit that were charged: ended, cancelled."""
    sources: list[PaidBy]
    """Who paid for the answers, a line a service: ended, cancelled."""
    results_id: str | None
    """Where the results lie, if there are any: ended. Which they were: results deleted."""
    reason: str
    """Why nothing could be run: failed."""
    channel: str
    """``email`` or a webhook's name: alerts."""
    tries: int
    """How often it was tried to deliver it: alerts."""
    alert_id: str
    """What the receiver knows the alert by: alerts."""


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened: ``at`` is milliseconds since 1970, ``sentence`` is for a person."""

    kind: HistoryKind
    at: int
    sentence: str
    details: HistoryDetails = field(default_factory=HistoryDetails)

    @property
    def title(self) -> str:
        """Return the heading under which pages show this item."""
        return TITLES[self.kind]
