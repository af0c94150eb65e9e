"""Delete what a stage keeps no longer: old jobs, what a gone account has left, objects that never came."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.job import Job
from chalicelib.services.content.adopting import adopt_results
from chalicelib.services.content.pending import due, finish_pending
from chalicelib.services.deps import SECONDS_PER_DAY, deps
from chalicelib.services.leaving.accounts import delete_account
from chalicelib.services.leaving.data import cancel_jobs, delete_data
from chalicelib.services.leaving.jobs import delete, jobs_of
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.content.removal import Pending
from chalicelib.storage.job_removal import ListedJob

RESERVE_SECONDS = 30.0
AT_A_TIME = 100
"""Jobs of an account, then it is the next one's turn: nobody's are left out for another's many."""
DAY = SECONDS_PER_DAY * 1000
HOUR = DAY // 24


@dataclass
class Removal:
    """What came of deleting what is to go by now."""

    seconds_left: Callable[[], float]
    jobs: int = 0
    troubles: list[str] = field(default_factory=list)
    """What AWS said where it did not go: it is tried again the next time."""

    def object(self, account_id: str, pending: Pending) -> None:
        """Finish what was begun with one object."""
        if trouble := trouble_of(lambda: finish_pending(account_id, pending)):
            self.troubles.append(trouble)

    def account(self, account: Account) -> None:
        """Delete an account, if its jobs have ended."""
        try:
            trouble = trouble_of(lambda: delete_account(account, wait_seconds=0))
        except ConflictError as error:
            trouble = error.detail
        if trouble:
            self.troubles.append(trouble)

    def adopt(self, account_id: str) -> None:
        """Have an account's results listed, for as long as there is time."""
        parts = adopt_results(account_id)
        if trouble := trouble_of(lambda: deque(takewhile(lambda _: not self.out_of_time, parts), maxlen=0)):
            self.troubles.append(trouble)

    @property
    def out_of_time(self) -> bool:
        """Tell whether the rest is for the next time."""
        return self.seconds_left() < RESERVE_SECONDS

    def job(self, account_id: str, listed: ListedJob, due: Callable[[Job], bool]) -> None:
        """Delete one job, if it is due."""
        gone: list[bool] = []
        trouble = trouble_of(lambda: gone.append(delete(account_id, listed, due=due)))
        if trouble:
            self.troubles.append(trouble)
        self.jobs += any(gone)


def remove_old(seconds_left: Callable[[], float]) -> Removal:
    """Delete, for as long as there is time, all that is to go by now."""
    removal = Removal(seconds_left)
    _look_after_gone_accounts(removal)
    _finish_leaving(removal)
    _finish_objects(removal)
    days = deps().settings.jobs_days
    if days is not None:
        _remove_jobs(removal, deps().clock() - days * DAY)
    _adopt_results(removal)
    return removal


def _finish_leaving(removal: Removal) -> None:
    """Delete accounts whose owners left, where the function that should have done it did not."""
    for account in deps().accounts.all():
        left_at = account.leaving_at
        if left_at is None or deps().clock() < left_at + HOUR:
            continue
        if removal.out_of_time:
            return
        removal.account(account)


def _finish_objects(removal: Removal) -> None:
    """Finish what was begun with objects and not ended: uploads that never came, deletions that died."""
    for account in deps().accounts.all():
        for pending in due(account.account_id):
            if removal.out_of_time:
                return
            removal.object(account.account_id, pending)


def _adopt_results(removal: Removal) -> None:
    """Have results listed that an earlier Perch kept."""
    for account in deps().accounts.all():
        if removal.out_of_time:
            return
        removal.adopt(account.account_id)


def _remove_jobs(removal: Removal, ended_before: int) -> None:
    """Delete the jobs that ended before a time, the oldest of each account first."""

    def due(job: Job) -> bool:
        return job.status_at < ended_before

    waiting = [
        (account.account_id, jobs_of(account.account_id, before=ended_before))
        for account in deps().accounts.all()
    ]
    while waiting:
        waiting = [each for each in waiting if _remove_some(removal, *each, due)]


def _remove_some(
    removal: Removal, account_id: str, jobs: Iterator[ListedJob], due: Callable[[Job], bool]
) -> bool:
    """Look at some of an account's jobs; tell whether there may be more, and the time for them."""
    for _ in range(AT_A_TIME):
        if removal.out_of_time:
            return False
        listed = next(jobs, None)
        if listed is None:
            return False
        removal.job(account_id, listed, due)
    return True


def _look_after_gone_accounts(removal: Removal) -> None:
    """Delete what requests left that were under way when an account was deleted; a day later there are none.

    Signed addresses to upload to are good for an hour, whatever becomes of the account.
    """
    for gone in deps().account_removal.gone():
        if removal.out_of_time:
            return
        if deps().clock() < gone.at + DAY or cancel_jobs(gone.account_id):
            continue
        delete_data(gone.account_id)
        deps().account_removal.forget(gone.account_id)
