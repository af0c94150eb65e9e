"""What happened to a job, told to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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
    ALERT_SENT = "alert_sent"
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
    HistoryKind.ALERT_SENT: "Alert sent",
    HistoryKind.ALERT_FAILED: "Alert failed",
}


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened: ``at`` is milliseconds since 1970, ``sentence`` is for a person."""

    kind: HistoryKind
    at: int
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the heading under which pages show this item."""
        return TITLES[self.kind]
