"""End a job that cannot go on."""

from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.job import Job
from chalicelib.domain.status import JobStatus
from chalicelib.services.parts import parts
from chalicelib.storage.transaction import LostRaceError


def fail(job: Job, reason: str) -> None:
    """Fail a job with a reason in plain words; a job that has ended already stays as it is."""
    happened = HistoryItem(HistoryKind.FAILED, parts().clock(), reason, details={"reason": reason})
    try:
        parts().jobs.move(job, JobStatus.FAILED, happened, changes={"reason": reason})
    except LostRaceError:
        current = parts().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise


def give_up(job_id: str, reason: str) -> None:
    """Fail the job that a dead letter speaks of."""
    job = parts().jobs.get(job_id)
    if job is not None and job.status in {None, JobStatus.QUEUED, JobStatus.RUNNING}:
        fail(job, reason)
