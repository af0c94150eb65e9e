"""Set what an account may spend: its owner does, and whoever runs this Perch; the lower limit holds."""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.credits.limits import AccountLimits, Limits
from chalicelib.domain.errors import InvalidRequestError, NotFoundError
from chalicelib.services.access import or_conflict
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction


def limits_of(account: Caller) -> AccountLimits:
    """Return what an account may spend."""
    return deps().credits.book(account.account_id).limits


def set_own(account: Caller, limits: Limits) -> AccountLimits:
    """Set the owner's own limits. Raises InvalidRequestError."""
    _check(limits.per_month, limits.per_job)
    return _changed(account, lambda found: replace(found, own=limits))


def set_for(account: Caller, limits: Limits) -> AccountLimits:
    """Set those of whoever runs this Perch. Raises InvalidRequestError."""
    _check(limits.per_month, limits.per_job)
    return _changed(account, lambda found: replace(found, house=limits))


def set_of_key(account: Caller, key_id: str, per_month: int | None) -> AccountLimits:
    """Set what may be spent by one of an account's live keys in a month; None: as much as by any.

    Raises NotFoundError if it has none of that id, InvalidRequestError.
    """
    _check(per_month)
    live = {key.key_id for key in deps().keys.of_account(account.account_id)}
    if key_id not in live:
        raise NotFoundError(f"No live key '{key_id}' is this account's. Check the id and whose it is.")

    def change(found: AccountLimits) -> AccountLimits:
        # Those of revoked keys are forgotten, so that the list stays as short as that of the keys.
        keys = {each: limit for each, limit in found.keys.items() if each in live and each != key_id}
        return replace(found, keys=keys if per_month is None else {**keys, key_id: per_month})

    return _changed(account, change)


def _check(*limits: int | None) -> None:
    if any(limit is not None and limit < 0 for limit in limits):
        raise InvalidRequestError("A limit is a number of credits from 0 on, or null where there is none.")


def _changed(account: Caller, change: Callable[[AccountLimits], AccountLimits]) -> AccountLimits:
    def attempt() -> AccountLimits:
        changed = change(limits_of(account))
        transaction = Transaction()
        deps().credits.set_limits(transaction, account.account_id, changed)
        transaction.commit()
        return changed

    return or_conflict(attempt, "These limits are changing at this moment. Try again.")
