"""The seven statuses of a job and the only ways between them."""

from enum import StrEnum

from chalicelib.domain.errors import ConflictError


class JobStatus(StrEnum):
    """What a job is doing, in the words clients read."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL_FAILED = "partial_failed"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Tell whether nothing more will happen to a run in this status."""
        return self in TERMINAL


TERMINAL = frozenset({JobStatus.COMPLETED, JobStatus.PARTIAL_FAILED, JobStatus.FAILED, JobStatus.CANCELLED})
AT_WORK = frozenset({JobStatus.RUNNING, JobStatus.CANCELLING})
"""It has a run that has not ended."""
RETRY = frozenset({JobStatus.QUEUED})
"""Out of an end there is one way: a further run of the same job."""
WAYS: dict[JobStatus | None, frozenset[JobStatus]] = {
    # None: announced; its payload has still to come.
    None: frozenset({JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.COMPLETED, JobStatus.PARTIAL_FAILED, JobStatus.FAILED, JobStatus.CANCELLING}
    ),
    JobStatus.CANCELLING: frozenset({JobStatus.CANCELLED}),
    JobStatus.COMPLETED: RETRY,
    JobStatus.PARTIAL_FAILED: RETRY,
    JobStatus.FAILED: RETRY,
    JobStatus.CANCELLED: RETRY,
}


def check_way(before: JobStatus | None, after: JobStatus) -> None:
    """Refuse a change that the state machine does not have (P1).

    Raises ConflictError with a sentence for the person who asked.
    """
    if after not in WAYS[before]:
        now = before or "still waiting for its upload"
        raise ConflictError(f"A job that is {now} cannot become {after}.")


def ending(*, total: int, good: int, valid: int) -> JobStatus:
    """Return the honest end of a run: all interviews good, some usable answers, or none at all.

    ``good`` are interviews, ``valid`` all their answers, also those of interviews that are not good.
    """
    if good == total:
        return JobStatus.COMPLETED
    return JobStatus.PARTIAL_FAILED if good or valid else JobStatus.FAILED
