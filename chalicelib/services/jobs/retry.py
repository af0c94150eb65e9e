"""Run a job that has ended again: only what failed or is missing of it, or all of it.

What it came to before stays as it is, and readable; the new run's results are laid over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError, InvalidRequestError
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.runs.met import may_have_met
from chalicelib.domain.status import JobStatus
from chalicelib.logs.context import correlation_id
from chalicelib.services.access import change_owned
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import send_job
from chalicelib.services.jobs.idempotency import first_job, remember
from chalicelib.storage.aws.transaction import Transaction

MOST_RUNS = 100
"""Of one job: so many are read at once (DynamoDB)."""
GOING_ON = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
OF_KINDS = "The job waits for its turn, to run again what met {}."
MOST_TOLD, LONGEST_TOLD = 3, 100
SENTENCES = {
    RetryScope.FAILED: "The job waits for its turn, to run again what failed or is missing.",
    RetryScope.ALL: "The job waits for its turn, to run everything again.",
}


@dataclass(frozen=True)
class Again:
    """Which interviews are run again."""

    scope: RetryScope
    kinds: tuple[ExceptionKind, ...] = ()
    """Of what failed only those that met an exception of one of these kinds; none: all of it."""

    @property
    def sentence(self) -> str:
        """Say what the job waits for."""
        if not self.kinds:
            return SENTENCES[self.scope]
        told = [kind.exception_type[:LONGEST_TOLD] for kind in self.kinds[:MOST_TOLD]]
        more = len(self.kinds) - len(told)
        return OF_KINDS.format(", ".join(told) + (f" and {more} more kinds of exceptions" if more else ""))


def retry(
    account: Caller,
    job_id: str,
    scope: RetryScope,
    *,
    kinds: Sequence[ExceptionKind] = (),
    idempotency_key: IdempotencyKey | None = None,
) -> Job:
    """Queue a job of the account's for a further run; return it as it is then.

    ``kinds`` narrow what failed down to the interviews that met an exception of one of them.
    The same said again while that run waits or is under way is the same retry, and changes nothing;
    with the same Idempotency-Key that holds after its end, too. Raises NotFoundError, KeyReusedError,
    or ConflictError where there is nothing to be retried, or not now.
    """

    again = Again(scope, tuple(dict.fromkeys(kinds)))
    if again.kinds and scope is not RetryScope.FAILED:
        raise InvalidRequestError("exceptions: they narrow the scope 'failed' only.")

    def change(job: Job) -> Job:
        if first_job(account, idempotency_key) is not None:
            return job
        together = Transaction()
        remember(together, account, idempotency_key, job_id)
        return _retry(job, again, together)

    return change_owned(account, job_id, change)


def _retry(job: Job, again: Again, together: Transaction) -> Job:
    if not (job.status in GOING_ON and (job.retry, job.retry_of) == (again.scope, again.kinds)):
        _check(job, again)
        details = HistoryDetails(retry=again.scope, run=job.run + 1)
        happened = HistoryItem(HistoryKind.QUEUED, deps().clock(), again.sentence, details)
        changes = {
            **{"retry": again.scope, "retry_of": again.kinds, "reason": None, "cause": None},
            "correlation_id": correlation_id(),
        }
        job = deps().jobs.move(job, JobStatus.QUEUED, happened, changes=changes, together=together)
    if job.status is JobStatus.QUEUED:
        # Also on a repetition: the first answer may have been lost before its message was sent.
        send_job(job)
    return job


def _check(job: Job, again: Again) -> None:
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
    if again.scope is RetryScope.FAILED:
        _check_failed(job, again)


def _check_failed(job: Job, again: Again) -> None:
    """Raise ConflictError where nothing of a job that ended is to be run again by this."""
    run = deps().runs.get(job.job_id, job.run) if job.run else None
    if run is not None and run.end is not None and run.end.standing.good == run.end.standing.total:
        raise ConflictError(
            "Nothing of this job failed or is missing, so there is nothing to retry. "
            "Ask for the scope 'all' to run everything again."
        )
    if again.kinds and not (run and may_have_met(run.standing.exceptions, again.kinds)):
        raise ConflictError(
            "None of this job's interviews met an exception of these kinds, as its results are now. Its "
            "error report says which there are."
        )
