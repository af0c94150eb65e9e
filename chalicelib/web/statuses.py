"""Seven statuses, seven looks: a word, an icon and a colour, the same on every page."""

from dataclasses import dataclass

from chalicelib.domain.jobs.history import HistoryKind
from chalicelib.domain.status import JobStatus


@dataclass(frozen=True)
class Look:
    """How a status is shown: never by its colour alone."""

    word: str
    icon: str
    tone: str


LOOKS: dict[JobStatus, Look] = {
    JobStatus.QUEUED: Look("Queued", "clock", "waiting"),
    JobStatus.RUNNING: Look("Running", "running", "running"),
    JobStatus.COMPLETED: Look("Completed", "check", "good"),
    JobStatus.PARTIAL_FAILED: Look("Partially failed", "half", "partly"),
    JobStatus.FAILED: Look("Failed", "cross", "bad"),
    JobStatus.CANCELLING: Look("Cancelling", "stopping", "stopping"),
    JobStatus.CANCELLED: Look("Cancelled", "stopped", "stopped"),
}

HAPPENED: dict[HistoryKind, tuple[str, str]] = {
    HistoryKind.QUEUED: ("clock", "waiting"),
    HistoryKind.STARTED: ("running", "running"),
    HistoryKind.CACHE: ("cache", "waiting"),
    HistoryKind.CANCELLATION_REQUESTED: ("stopping", "stopping"),
    HistoryKind.COMPLETED: ("check", "good"),
    HistoryKind.PARTIALLY_FAILED: ("half", "partly"),
    HistoryKind.FAILED: ("cross", "bad"),
    HistoryKind.CANCELLED: ("stopped", "stopped"),
    HistoryKind.RESULTS_DELETED: ("cross", "stopped"),
    HistoryKind.ALERT_SENT: ("alert", "waiting"),
    HistoryKind.ALERT_KEPT: ("alert", "stopped"),
    HistoryKind.ALERT_FAILED: ("alert", "bad"),
}
"""Icon and tone of what happened to a job."""
