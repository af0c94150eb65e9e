"""Give a repeated request its first answer, and do what it asks only once."""

from collections.abc import Callable

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError, KeyReusedError
from chalicelib.domain.jobs.idempotency import KEPT_SECONDS, FirstAnswer, IdempotencyKey
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError, Transaction, retry_on_lost_race

OTHER_REQUEST = (
    "A different request came with this Idempotency-Key before. "
    "Send a new key with a new request, or the first request again as it was."
)


def first_job(account: Caller, idempotency_key: IdempotencyKey | None) -> str | None:
    """Return the id of the job that the same request was answered with before; None if it was not.

    Raises KeyReusedError if the key came with another request.
    """
    found = _valid(account, idempotency_key) if idempotency_key else None
    if found is None or idempotency_key is None:
        return None
    if found.asked != idempotency_key.asked:
        raise KeyReusedError(OTHER_REQUEST)
    return found.job_id


def remember(
    transaction: Transaction, account: Caller, idempotency_key: IdempotencyKey | None, job_id: str
) -> None:
    """Add to a transaction that a request is answered with a job; without a key, nothing.

    The transaction is lost if the same key was remembered meanwhile: then ``first_job`` tells with what.
    """
    if idempotency_key is None:
        return
    before = deps().idempotency.get(account.account_id, idempotency_key.key)
    over = None if before is None or before.expires_at > _now() else before
    answer = FirstAnswer(idempotency_key.asked, job_id, _now() + KEPT_SECONDS)
    deps().idempotency.keep(transaction, account.account_id, idempotency_key.key, answer, over=over)


def once(
    account: Caller,
    idempotency_key: IdempotencyKey | None,
    job_id: str,
    write: Callable[[Transaction], None],
) -> str:
    """Make a job, unless the same request has made one before; return the id of the one or the other.

    ``write`` is given what it has to write together with the job. Raises KeyReusedError.
    """

    def attempt() -> str:
        first = first_job(account, idempotency_key)
        if first is not None:
            return first
        together = Transaction()
        remember(together, account, idempotency_key, job_id)
        write(together)
        return job_id

    try:
        # A race is lost where the same request came twice at the same time, and the other one was faster.
        return retry_on_lost_race(attempt)
    except LostRaceError as error:
        raise ConflictError("The same request is being answered at this moment. Send it again.") from error


def _valid(account: Caller, idempotency_key: IdempotencyKey) -> FirstAnswer | None:
    found = deps().idempotency.get(account.account_id, idempotency_key.key)
    return found if found is not None and found.expires_at > _now() else None


def _now() -> int:
    return deps().clock() // 1000
