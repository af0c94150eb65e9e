"""Give a repeated request its first answer, and do what it asks only once."""

from collections.abc import Callable

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError, KeyReusedError
from chalicelib.domain.jobs.idempotency import KEPT_SECONDS, FirstAnswer, RepeatKey
from chalicelib.services.deps import parts
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

TRIES = 5
OTHER_REQUEST = (
    "A different request came with this Idempotency-Key before. "
    "Send a new key with a new request, or the first request again as it was."
)


def first_job(account: Account, repeat: RepeatKey | None) -> str | None:
    """Return the id of the job that the same request was answered with before; None if it was not.

    Raises KeyReusedError if the key came with another request.
    """
    found = _valid(account, repeat) if repeat else None
    if found is None or repeat is None:
        return None
    if found.asked != repeat.asked:
        raise KeyReusedError(OTHER_REQUEST)
    return found.job_id


def remember(transaction: Transaction, account: Account, repeat: RepeatKey | None, job_id: str) -> None:
    """Add to a transaction that a request is answered with a job; without a key, nothing.

    The transaction is lost if the same key was remembered meanwhile: then ``first_job`` tells with what.
    """
    if repeat is None:
        return
    before = parts().repeats.get(account.account_id, repeat.key)
    over = None if before is None or before.expires_at > _now() else before
    answer = FirstAnswer(repeat.asked, job_id, _now() + KEPT_SECONDS)
    parts().repeats.keep(transaction, account.account_id, repeat.key, answer, over=over)


def once(
    account: Account, repeat: RepeatKey | None, job_id: str, write: Callable[[Transaction], None]
) -> str:
    """Make a job, unless the same request has made one before; return the id of the one or the other.

    ``write`` is given what it has to write together with the job. Raises KeyReusedError.
    """
    for _ in range(TRIES):
        first = first_job(account, repeat)
        if first is not None:
            return first
        together = Transaction()
        remember(together, account, repeat, job_id)
        try:
            write(together)
        except LostRaceError:
            continue  # the same request came twice at the same time, and the other one was faster
        return job_id
    raise ConflictError("The same request is being answered at this moment. Send it again.")


def _valid(account: Account, repeat: RepeatKey) -> FirstAnswer | None:
    found = parts().repeats.get(account.account_id, repeat.key)
    return found if found is not None and found.expires_at > _now() else None


def _now() -> int:
    return parts().clock() // 1000
