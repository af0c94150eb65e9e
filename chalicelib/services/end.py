"""End a job that cannot go on."""

from chalicelib.domain.credits.money import units
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.sentences import consumed_sentence
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.alerts import announce_end
from chalicelib.services.cache_story import tell_cache_use
from chalicelib.services.delivery import Delivery
from chalicelib.services.interviews import SliceWork
from chalicelib.services.lease import Lease, lease_end
from chalicelib.services.parts import parts
from chalicelib.services.record import record
from chalicelib.services.wake import look_again
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.aws.transaction import LostRaceError, Transaction


def fail(job: Job, reason: str) -> None:
    """Fail a job with a reason in plain words; a job that has ended already stays as it is."""
    try:
        ended = _ended(job, JobStatus.FAILED, HistoryKind.FAILED, reason)
    except LostRaceError:
        current = parts().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise
        return
    announce_end(ended)


def _ended(job: Job, status: JobStatus, kind: HistoryKind, reason: str) -> Job:
    """End a job whose run, if it has one, is what it is. Raises LostRaceError."""
    now = parts().clock()
    transaction, before = Transaction(), list[HistoryItem]()
    run = parts().runs.get(job.job_id, job.run) if job.status in AT_WORK else None
    if run is not None:
        before = tell_cache_use(transaction, job, run, at=now)
        if status is JobStatus.CANCELLED:
            reason = f"{consumed_sentence(units(run.usages))} {reason}"
    happened = HistoryItem(kind, now, reason, details={"reason": reason})
    return parts().jobs.move(
        job, status, happened, before=before, changes={"reason": reason}, together=transaction
    )


def lose_slice(job_id: str, run_number: int, start: int, delivery: Delivery, reason: str) -> None:
    """Give up the interviews of a slice whose message failed too often, so that its run can end.

    Each becomes an honest row with the reason. A slice that somebody works on is left to them.
    """
    job = parts().jobs.get(job_id)
    if job is None or job.status is not JobStatus.RUNNING or job.run != run_number:
        return
    found = parts().runs.open_slice(job_id, run_number, start)
    if found is None:
        return
    if found.lease_until > parts().clock():
        look_again(found)
        return
    held = found.claimed(until=lease_end(), answers=found.answers)
    parts().runs.claim(found, held)
    try:
        work = SliceWork(job, Lease(held, delivery), (), delivery)
        record(job, held, work.lose(work.indices, reason))
    except MissingFileError:
        fail(job, f"{reason} What was sent is not there any more.")


def give_up_start(job_id: str, run_number: int, reason: str) -> None:
    """Fail the job that a dead letter of the dispatcher's speaks of, if it still waits.

    ``run_number`` is that of the job's newest run when the message was sent: a later retry of the
    job is none of its business.
    """
    job = parts().jobs.get(job_id)
    if job is not None and job.run == run_number and job.status in {None, JobStatus.QUEUED}:
        fail(job, reason)


def give_up_finish(job_id: str, run_number: int, reason: str) -> None:
    """End the run that a dead letter speaks of: as failed, or as cancelled if that was asked for."""
    job = parts().jobs.get(job_id)
    if job is None or job.run != run_number:
        return
    if job.status is JobStatus.CANCELLING:
        announce_end(_ended(job, JobStatus.CANCELLED, HistoryKind.CANCELLED, reason))
    elif job.status is JobStatus.RUNNING:
        fail(job, reason)
