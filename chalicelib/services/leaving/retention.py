"""Delete what a stage keeps no longer: jobs that ended long ago, and what came after accounts had gone."""

from collections.abc import Callable

from chalicelib.domain.jobs.job import Job
from chalicelib.services.deps import SECONDS_PER_DAY, deps
from chalicelib.services.leaving.data import cancel_jobs, delete_data
from chalicelib.services.leaving.jobs import delete, jobs_of

RESERVE_SECONDS = 30.0
AT_A_TIME = 100
"""Jobs of an account, then it is the next one's turn: nobody's are left out for another's many."""
DAY = SECONDS_PER_DAY * 1000


def remove_old(seconds_left: Callable[[], float]) -> int:
    """Delete, for as long as there is time, all that is to go by now; return how many jobs that were."""
    _look_after_gone_accounts(seconds_left)
    days = deps().settings.jobs_days
    if days is None:
        return 0
    ended_before = deps().clock() - days * DAY
    waiting = [account.account_id for account in deps().accounts.all()]
    removed = 0
    while waiting:
        again = []
        for account_id in waiting:
            if seconds_left() < RESERVE_SECONDS:
                return removed
            count = _remove_some(account_id, ended_before, seconds_left)
            removed += count
            if count == AT_A_TIME:
                again.append(account_id)
        waiting = again
    return removed


def _remove_some(account_id: str, ended_before: int, seconds_left: Callable[[], float]) -> int:
    """Delete some of an account's jobs that ended before a time; return how many."""

    def due(job: Job) -> bool:
        return job.status_at < ended_before

    removed = 0
    for listed in jobs_of(account_id, before=ended_before):
        if removed == AT_A_TIME or seconds_left() < RESERVE_SECONDS:
            break
        removed += delete(account_id, listed, due=due)
    return removed


def _look_after_gone_accounts(seconds_left: Callable[[], float]) -> None:
    """Delete what requests left that were under way when an account was deleted; a day later there are none.

    Signed addresses to upload to are good for an hour, whatever becomes of the account.
    """
    for gone in deps().account_removal.gone():
        if seconds_left() < RESERVE_SECONDS:
            return
        if deps().clock() < gone.at + DAY or cancel_jobs(gone.account_id):
            continue
        delete_data(gone.account_id)
        deps().account_removal.forget(gone.account_id)
