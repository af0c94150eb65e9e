"""Delete an account with all its data.

First its keys open nothing, then what runs ends, then data goes, and the account itself goes last: a deletion
that died is found by the account's address, and finished by being asked for again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError
from chalicelib.services.accounts import administration
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.accounts.keys import keys_of
from chalicelib.services.credits.ledger import balance_of
from chalicelib.services.deps import deps
from chalicelib.services.leaving.data import cancel_jobs, delete_data
from chalicelib.services.leaving.jobs import jobs_of
from chalicelib.storage.aws.transaction import LostRaceError

LONGEST_WAIT_SECONDS = 300
PAUSE_SECONDS = 1.0
STILL_RUNNING = (
    "{} of the jobs of {} have not ended, {} among them. The account is disabled, and nothing is deleted "
    "yet: run this again in a minute."
)
CHANGED = "The account of {} was changed while it was being deleted. Run this again."


@dataclass(frozen=True)
class Belongings:
    """How much an account has."""

    jobs: int
    objects: int
    """Results of jobs among them."""
    entries: int
    """Of its cache."""
    keys: int
    balance: int
    """Hundredths of a credit."""


def belongings(account: Account) -> Belongings:
    """Return how much goes with an account."""
    return Belongings(
        jobs=sum(1 for _ in jobs_of(account.account_id)),
        objects=sum(1 for _ in deps().content_index.of_account(account.account_id)),
        entries=deps().cache.measure(account.account_id, now=deps().clock()).entries,
        keys=len(keys_of(account)),
        balance=balance_of(account).total,
    )


def delete_account(
    account: Account,
    *,
    wait_seconds: float = LONGEST_WAIT_SECONDS,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Delete an account and all that is its; return how many jobs went with it.

    Its jobs are cancelled and awaited for so long. Raises ConflictError if one of them does not end.
    """
    administration.set_disabled(account, True)
    _end_jobs(account, wait_seconds, pause)
    jobs = delete_data(account.account_id)
    deps().readers.forget_given_to(account.email)
    now = deps().clock()
    deps().account_removal.bury(account.account_id, at=now)
    try:
        deps().account_removal.remove(account_of(account), at=now)
    except LostRaceError as error:
        raise ConflictError(CHANGED.format(account.email)) from error
    return jobs


def _end_jobs(account: Account, wait_seconds: float, pause: Callable[[float], None]) -> None:
    deadline = deps().clock() + wait_seconds * 1000
    while going_on := cancel_jobs(account.account_id):
        if deps().clock() >= deadline:
            first = going_on[0].job_id
            raise ConflictError(STILL_RUNNING.format(len(going_on), account.email, first))
        pause(PAUSE_SECONDS)
