"""End a job that cannot go on."""

from chalicelib.domain.credits.money import units
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.sentences import consumed_sentence
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.alerts.send import announce_end
from chalicelib.services.cache.story import tell_cache_use
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError, Transaction


def fail(job: Job, reason: str) -> None:
    """Fail a job with a reason in plain words; a job that has ended already stays as it is."""
    try:
        ended = end_as(job, JobStatus.FAILED, HistoryKind.FAILED, reason)
    except LostRaceError:
        current = deps().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise
        return
    announce_end(ended)


def end_as(job: Job, status: JobStatus, kind: HistoryKind, reason: str) -> Job:
    """End a job whose run, if it has one, is what it is. Raises LostRaceError."""
    now = deps().clock()
    transaction, before = Transaction(), list[HistoryItem]()
    run = deps().runs.get(job.job_id, job.run) if job.status in AT_WORK else None
    if run is not None:
        before = tell_cache_use(transaction, job, run, at=now)
        if status is JobStatus.CANCELLED:
            reason = f"{consumed_sentence(units(run.usages))} {reason}"
    happened = HistoryItem(kind, now, reason, details={"reason": reason})
    return deps().jobs.move(
        job, status, happened, before=before, changes={"reason": reason}, together=transaction
    )
