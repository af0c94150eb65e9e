"""What an account spends its credits on, read from what is counted: never from the whole of its ledger."""

from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.credits.entry import EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.limits import AccountLimits
from chalicelib.domain.credits.month import SpentMonth
from chalicelib.domain.credits.spending import month_of
from chalicelib.services.credits.ledger import Ledger, entries_of
from chalicelib.services.deps import deps

MOST_MONTHS = 12
LOOKED_AT = 500
"""Entries, of which the dearest jobs are told."""
MOST_JOBS = 10


@dataclass(frozen=True)
class JobSpending:
    """What a job was charged for, all its runs together."""

    job_id: str
    description: str
    """Empty: it has none, or has been deleted."""
    spent: int


@dataclass(frozen=True)
class SpendingFacts:
    """Amounts are hundredths of a credit."""

    balance: Balance
    limits: AccountLimits
    month: str
    """The current one, in UTC: ``2026-11``."""
    months: tuple[SpentMonth, ...]
    """Those in which something was spent, the oldest first."""
    jobs: tuple[JobSpending, ...]
    """The dearest first."""
    looked_at: int
    """Entries that these are found in, the newest ones."""
    since: int | None
    """When the oldest of them was made; None: all there are."""

    @property
    def spent(self) -> int:
        """Return what was spent this month."""
        spending = self.balance.spending
        return spending.spent if spending.month == self.month else 0


def spending_of(account: Caller) -> SpendingFacts:
    """Return what an account has, may spend, and has spent."""
    newest = entries_of(account, before=None, at_most=LOOKED_AT)
    charged: dict[str, int] = {}
    for entry in newest:
        if entry.kind is EntryKind.CHARGE and entry.job_id:
            charged[entry.job_id] = charged.get(entry.job_id, 0) - entry.amount
    dearest = sorted(charged, key=lambda job_id: -charged[job_id])[:MOST_JOBS]
    jobs = {job.job_id: job for job in deps().jobs.those(dearest)}
    return SpendingFacts(
        balance=Ledger(account.account_id).balance,
        limits=deps().credits.book(account.account_id).limits,
        month=month_of(deps().clock()),
        months=tuple(reversed(deps().credits.months(account.account_id, at_most=MOST_MONTHS))),
        jobs=tuple(
            JobSpending(job_id, (jobs[job_id].description or "") if job_id in jobs else "", charged[job_id])
            for job_id in dearest
        ),
        looked_at=len(newest),
        since=newest[-1].at if newest and newest[-1].number > 1 else None,
    )
