"""Named places at which a process may die, for the tests that make it die there.

Each is a gap between two effects: what came before must not be done twice because of the death, and
what comes after must still be done. Nobody listens outside tests, and then reaching one does nothing.
"""

from collections.abc import Callable
from enum import StrEnum


class FaultPoint(StrEnum):
    """The gaps, in the order in which a job meets them."""

    PAYLOAD_COPIED = "payload-copied"
    """The private copy exists; it is not yet split into head and rows."""
    JOB_SPLIT = "job-split"
    MANIFEST_WRITTEN = "manifest-written"
    """What a retry is to run again is known; nobody knows of it."""
    RUN_OPENED = "run-opened"
    """Status, run and first slices are true; no message is sent."""
    BATCH_SENT = "batch-sent"
    """Some of several batches of messages are sent."""
    SLICE_CLAIMED = "slice-claimed"
    ANSWERS_ARRIVED = "answers-arrived"
    """Providers were paid; their answers are not yet kept."""
    ANSWERS_KEPT = "answers-kept"
    ENTRIES_ARRIVED = "entries-arrived"
    """Valid answers are not yet in the account's cache."""
    ENTRIES_ADDED = "entries-added"
    ROWS_WRITTEN = "rows-written"
    SLICE_RECORDED = "slice-recorded"
    """The slice counts; the messages that follow from it are not sent."""
    SLICE_DONE = "slice-done"
    """All is done but the acknowledgement of the slice's message."""
    ROWS_JOINED = "rows-joined"
    RESULTS_RENDERED = "results-rendered"
    JOB_ENDED = "job-ended"
    """The job has ended; nobody is told of it."""
    ALERT_BEGUN = "alert-begun"
    ALERT_DELIVERED = "alert-delivered"
    """The alert is out; nothing says so yet."""
    SWEPT_ONE = "swept-one"
    """One of several jobs was looked after."""


class _Listening:
    listener: Callable[[FaultPoint], None] | None = None


def listen(listener: Callable[[FaultPoint], None] | None) -> None:
    """Have a function called at every fault point that this process reaches; None: nobody."""
    _Listening.listener = listener


def reached(point: FaultPoint) -> None:
    """Say that the process is at a fault point."""
    if _Listening.listener is not None:
        _Listening.listener(point)
