"""What was spent in a month, and what is held: what limits are compared with."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chalicelib.domain.credits.entry import Entry, EntryKind

SPENDING = frozenset({EntryKind.CHARGE, EntryKind.PAYMENT})


@dataclass(frozen=True)
class Spending:
    """What was spent in a month, and what is held, of an account or by one of its keys."""

    month: str = ""
    """``2026-11``, in UTC."""
    spent: int = 0
    held: int = 0
    version: int = 0

    def after(self, entry: Entry) -> "Spending":
        """Return it after a further entry of the ledger."""
        month = month_of(entry.at)
        spent = self.spent if month == self.month else 0
        paid = -entry.amount if entry.kind in SPENDING and entry.amount < 0 else 0
        return replace(
            self, month=month, spent=spent + paid, held=self.held + entry.held, version=self.version + 1
        )

    def left_of(self, limit: int, now: int) -> int:
        """Return how much of a month's limit is left at a time, in milliseconds since 1970."""
        spent = self.spent if month_of(now) == self.month else 0
        return max(0, limit - spent - self.held)


def month_of(at: int) -> str:
    """Return the month of a time in milliseconds since 1970."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")
