"""End honestly what its queue gave up."""

from chalicelib.domain.jobs.history import HistoryKind
from chalicelib.domain.runs.placeholder import placeholder_rows
from chalicelib.domain.status import JobStatus
from chalicelib.logs.lines import this_process
from chalicelib.services.about import note_job
from chalicelib.services.alerts.send import announce_end
from chalicelib.services.delivery import lease_end
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import look_again
from chalicelib.services.finishing.fail import end_as, fail
from chalicelib.services.job_files.manifest import indices_of
from chalicelib.services.job_files.subset import plan_of, subset_of
from chalicelib.services.running.record import record
from chalicelib.storage.aws.files import MissingFileError


def lose_slice(job_id: str, run_number: int, start: int, reason: str) -> None:
    """Give up the interviews of a slice whose message failed too often, so that its run can end.

    Each becomes an honest row with the reason. A slice that somebody works on is left to them. Nobody is
    asked anything, so no key is opened for it.
    """
    job = deps().jobs.get(job_id)
    if job is None or not job.goes_on(run_number):
        return
    note_job(job)
    found = deps().runs.open_slice(job_id, run_number, start)
    if found is None:
        return
    if found.lease_until > deps().clock():
        look_again(job, found)
        return
    held = found.claimed(until=lease_end(), answers=found.answers, by=this_process(), at=deps().clock())
    deps().runs.claim(found, held)
    try:
        subset = subset_of(job, plan_of(job), indices_of(job, held))
        record(job, held, placeholder_rows(subset, reason))
    except MissingFileError:
        fail(job, f"{reason} What was sent is not there any more.")


def give_up_start(job_id: str, run_number: int, reason: str) -> None:
    """Fail the job that a dead letter of the dispatcher's speaks of, if it still waits.

    ``run_number`` is that of the job's newest run when the message was sent: a later retry of the
    job is none of its business.
    """
    job = deps().jobs.get(job_id)
    if job is not None and job.run == run_number and job.status in {None, JobStatus.QUEUED}:
        fail(job, reason)


def give_up_finish(job_id: str, run_number: int, reason: str) -> None:
    """End the run that a dead letter speaks of: as failed, or as cancelled if that was asked for."""
    job = deps().jobs.get(job_id)
    if job is None or job.run != run_number:
        return
    if job.status is JobStatus.CANCELLING:
        announce_end(end_as(job, JobStatus.CANCELLED, HistoryKind.CANCELLED, reason))
    elif job.status is JobStatus.RUNNING:
        fail(job, reason)
