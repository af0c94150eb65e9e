"""Run a job that has ended again: only what failed or is missing of it, or all of it.

What it came to before stays as it is, and readable; the new run's results are laid over it.
"""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import change_owned
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import send_job
from chalicelib.services.jobs.idempotency import first_job, remember
from chalicelib.storage.aws.transaction import Transaction

MOST_RUNS = 100
"""Of one job: so many are read at once (DynamoDB)."""
GOING_ON = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
SENTENCES = {
    RetryScope.FAILED: "The job waits for its turn, to run again what failed or is missing.",
    RetryScope.ALL: "The job waits for its turn, to run everything again.",
}


def retry(
    account: Caller, job_id: str, scope: RetryScope, *, idempotency_key: IdempotencyKey | None = None
) -> Job:
    """Queue a job of the account's for a further run; return it as it is then.

    The same said again while that run waits or is under way is the same retry, and changes nothing;
    with the same Idempotency-Key that holds after its end, too. Raises NotFoundError, KeyReusedError,
    or ConflictError where there is nothing to be retried, or not now.
    """

    def change(job: Job) -> Job:
        if first_job(account, idempotency_key) is not None:
            return job
        together = Transaction()
        remember(together, account, idempotency_key, job_id)
        return _retry(job, scope, together)

    return change_owned(account, job_id, change)


def _retry(job: Job, scope: RetryScope, together: Transaction) -> Job:
    if not (job.status in GOING_ON and job.retry is scope):
        _check(job, scope)
        details = HistoryDetails(retry=scope, run=job.run + 1)
        happened = HistoryItem(HistoryKind.QUEUED, deps().clock(), SENTENCES[scope], details)
        changes = {"retry": scope, "reason": None, "cause": None}
        job = deps().jobs.move(job, JobStatus.QUEUED, happened, changes=changes, together=together)
    if job.status is JobStatus.QUEUED:
        # Also on a repetition: the first answer may have been lost before its message was sent.
        send_job(job)
    return job


def _check(job: Job, scope: RetryScope) -> None:
    """Raise ConflictError, in words, where a job cannot be retried."""
    if job.status is None:
        raise ConflictError("This job still waits for its upload: there is nothing to retry yet.")
    if not job.status.terminal:
        raise ConflictError(
            f"This job is {job.status}. Wait until it has ended, or cancel it; then retry it."
        )
    if job.results_deleted:
        raise ConflictError(
            "The results of this job were deleted, so it cannot be run again: send it again as a new one."
        )
    if not job.plan and job.status is JobStatus.FAILED:
        raise ConflictError(
            "This job could not be started, so it cannot be retried: send it again as a new one. "
            f"Why it could not: {job.reason}"
        )
    if job.run >= MOST_RUNS:
        raise ConflictError(f"This job was run {MOST_RUNS} times. Send it again as a new one.")
    if scope is RetryScope.FAILED and _whole(job):
        raise ConflictError(
            "Nothing of this job failed or is missing, so there is nothing to retry. "
            "Ask for the scope 'all' to run everything again."
        )


def _whole(job: Job) -> bool:
    """Tell whether all of a job's interviews are good."""
    run = deps().runs.get(job.job_id, job.run) if job.run else None
    return run is not None and run.end is not None and run.end.standing.good == run.end.standing.total
