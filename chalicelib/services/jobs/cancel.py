"""Cancel a job: at once before it runs, within seconds after."""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.sentences import consumed_sentence
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import change_owned
from chalicelib.services.alerts.send import announce_end
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import wake_finalizer

REQUESTED = "What is being asked may still be answered; nothing new is asked."


def cancel(account: Caller, job_id: str) -> Job:
    """Cancel a job of the account's, once however often it is asked; return it as it is then.

    Raises NotFoundError, or ConflictError for one that has ended otherwise.
    """
    return change_owned(account, job_id, _cancel)


def _cancel(job: Job) -> Job:
    if job.status in {JobStatus.CANCELLING, JobStatus.CANCELLED}:
        _wake(job)
        return job
    if job.status and job.status.terminal:
        raise ConflictError(f"The job has already ended as {job.status}: there is nothing left to cancel.")
    now = deps().clock()
    if job.status is JobStatus.RUNNING:
        happened = HistoryItem(HistoryKind.CANCELLATION_REQUESTED, now, REQUESTED)
        job = deps().jobs.move(job, JobStatus.CANCELLING, happened)
        _wake(job)
        return job
    sentence = consumed_sentence(0)
    happened = HistoryItem(HistoryKind.CANCELLED, now, sentence, details={"units": 0})
    job = deps().jobs.move(job, JobStatus.CANCELLED, happened, changes={"reason": sentence})
    announce_end(job)
    return job


def _wake(job: Job) -> None:
    run = deps().runs.get(job.job_id, job.run) if job.status is JobStatus.CANCELLING else None
    if run is not None:
        wake_finalizer(job, run)
