"""What accounts are called before they choose for themselves."""

import secrets

from chalicelib.domain.accounts import Account, username_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction, retry_on_lost_race

TRIED_IN_ORDER = 4
LARGE_NUMBERS = range(1000, 1_000_000)
"""Of many who are called alike each is found a name in a few reads."""


def free_username(email: str) -> str:
    """Return a username that nobody has at this moment."""
    attempts = [*range(TRIED_IN_ORDER), *secrets.SystemRandom().sample(LARGE_NUMBERS, TRIED_IN_ORDER)]
    names = [username_of(email, attempt) for attempt in attempts]
    return next((name for name in names[:-1] if deps().accounts.by_username(name) is None), names[-1])


def named(account: Account) -> Account:
    """Return an account with a username: one that an earlier Perch opened is given its own now."""
    if account.username:
        return account

    def attempt() -> Account:
        found = deps().accounts.get(account.account_id)
        if found is None or found.username:
            return found or account
        transaction = Transaction()
        deps().accounts.complete(transaction, found, free_username(found.email))
        transaction.commit()
        return deps().accounts.get(account.account_id) or account

    return retry_on_lost_race(attempt)
