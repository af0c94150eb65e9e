"""Delete jobs that have ended, with all that was made for them and came of them.

A job is first found no more, by anybody: everything answers as if it had never been. Then its data goes, and
its place in its account's index goes last. So a deletion that died half-way shows nothing, and is finished by
whoever goes through the index next. What the job left in its account's cache is the account's, and stays.
"""

from collections.abc import Callable, Iterator

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.logs.context import marked
from chalicelib.services.access import owned_job
from chalicelib.services.content.messages import DELETE_JOB
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError
from chalicelib.storage.job_removal import ListedJob

NOT_ENDED = "This job is {}. Cancel it, or wait until it has ended; then delete it."
CHANGING = "The job is changing at this moment. Try again."


def delete_job(account: Caller, job_id: str) -> None:
    """Delete a job of the account's that has ended; one whose deletion died half-way is deleted to its end.

    Raises NotFoundError, or ConflictError for one that has not ended.
    """
    listed = next((each for each in jobs_of(account.account_id) if each.job_id == job_id), None)
    job = deps().jobs.get(job_id)
    if listed is None or job is not None:
        owned_job(account, job_id)
    if listed is None:
        raise ConflictError(CHANGING)
    if job is not None and not has_ended(job):
        raise ConflictError(NOT_ENDED.format(job.status or "still waiting for its upload"))
    if not delete(account.account_id, listed):
        raise ConflictError(CHANGING)


def ask_to_delete(account: Caller, job_id: str) -> Job:
    """Let a job of the account's that has ended be found no more, and have its data deleted; return it.

    What there is of a large one goes in minutes. The message is sent first: whatever comes between, the job
    goes whole, unless it was begun again. Raises NotFoundError, or ConflictError for one that goes on.
    """
    job = owned_job(account, job_id)
    if not has_ended(job):
        raise ConflictError(NOT_ENDED.format(job.status or "still waiting for its upload"))
    place = {"account_id": job.account_id, "job_id": job_id, "created_at": job.created_at}
    message = {"kind": DELETE_JOB, **place, "status": job.status, "run": job.run}
    deps().content_queue.send([marked(message)], group=job.account_id)
    try:
        deps().job_removal.hide(job)
    except LostRaceError as error:
        raise ConflictError(CHANGING) from error
    return job


def delete_asked(account_id: str, listed: ListedJob, run: int) -> None:
    """Delete a job that ``ask_to_delete`` was asked to delete after a run, unless it was run again since."""
    delete(account_id, listed, due=lambda job: job.run == run)


def has_ended(job: Job) -> bool:
    """Tell whether nothing more will happen to a job, unless its owner has it run again."""
    return job.status is not None and job.status.terminal


def delete(account_id: str, listed: ListedJob, *, due: Callable[[Job], bool] = has_ended) -> bool:
    """Delete a job, if it is due, or finish deleting it; tell whether it has gone."""
    job = deps().jobs.get(listed.job_id)
    if job is not None:
        if not (has_ended(job) and due(job)):
            return False
        try:
            deps().job_removal.hide(job)
        except LostRaceError:
            return False
    _clear(account_id, listed.job_id)
    deps().job_removal.unlist(account_id, listed)
    return True


def jobs_of(account_id: str, *, before: int | None = None) -> Iterator[ListedJob]:
    """Yield an account's jobs, the oldest first, and those whose deletion has begun."""
    return deps().job_removal.listed(account_id, before=before)


def _clear(account_id: str, job_id: str) -> None:
    """Delete what lies of a job that nobody finds. What tells where the rest is goes last."""
    traces = deps().job_removal.traces(job_id)
    deps().contents.delete(traces.contents)
    deps().responses.delete(job_id, traces.slices)
    for folder in JobKeys(account_id, job_id).folders:
        deps().files.delete_under(folder)
    deps().alerts.forget(job_id)
    deps().turns.forget_job(account_id, job_id)
    deps().idempotency.forget_job(account_id, job_id)
    deps().job_removal.clear(job_id)
