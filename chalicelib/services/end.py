"""End a job that cannot go on."""

from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.job import Job
from chalicelib.domain.status import JobStatus
from chalicelib.services.alerts import announce_end
from chalicelib.services.delivery import Delivery
from chalicelib.services.interviews import SliceWork
from chalicelib.services.lease import Lease
from chalicelib.services.parts import parts
from chalicelib.services.record import record
from chalicelib.services.wake import send_slices
from chalicelib.storage.files import MissingFileError
from chalicelib.storage.transaction import LostRaceError


def fail(job: Job, reason: str) -> None:
    """Fail a job with a reason in plain words; a job that has ended already stays as it is."""
    happened = HistoryItem(HistoryKind.FAILED, parts().clock(), reason, details={"reason": reason})
    try:
        ended = parts().jobs.move(job, JobStatus.FAILED, happened, changes={"reason": reason})
    except LostRaceError:
        current = parts().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise
        return
    announce_end(ended)


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
    now = parts().clock()
    if found.lease_until > now:
        send_slices([found], delay_seconds=(found.lease_until - now) // 1000 + 1)
        return
    held = found.claimed(until=now + parts().settings.lease_seconds * 1000, answers=found.answers)
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
        happened = HistoryItem(HistoryKind.CANCELLED, parts().clock(), reason, details={"reason": reason})
        announce_end(parts().jobs.move(job, JobStatus.CANCELLED, happened, changes={"reason": reason}))
    elif job.status is JobStatus.RUNNING:
        fail(job, reason)
