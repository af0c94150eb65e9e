"""End a job that cannot go on."""

from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.job import Job
from chalicelib.domain.status import JobStatus
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
        parts().jobs.move(job, JobStatus.FAILED, happened, changes={"reason": reason})
    except LostRaceError:
        current = parts().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise


def lose_slice(job_id: str, run_number: int, start: int, delivery: Delivery, reason: str) -> None:
    """Give up the interviews of a slice whose message failed too often, so that its run can end.

    Each becomes an honest row with the reason. A slice that somebody works on is left to them.
    """
    job = parts().jobs.get(job_id)
    if job is None or job.status is not JobStatus.RUNNING or job.run != run_number:
        return
    found = parts().jobs.open_slice(job_id, run_number, start)
    if found is None:
        return
    now = parts().clock()
    if found.lease_until > now:
        send_slices([found], delay_seconds=(found.lease_until - now) // 1000 + 1)
        return
    held = found.claimed(until=now + parts().settings.lease_seconds * 1000, answers=found.answers)
    parts().jobs.claim(found, held)
    try:
        work = SliceWork(job, Lease(held, delivery), (), delivery)
        record(job, held, work.lose(range(held.start, held.stop), reason))
    except MissingFileError:
        fail(job, f"{reason} What was sent is not there any more.")


def give_up(job_id: str, reason: str) -> None:
    """Fail the job that a dead letter speaks of."""
    job = parts().jobs.get(job_id)
    if job is not None and job.status in {None, JobStatus.QUEUED, JobStatus.RUNNING}:
        fail(job, reason)
