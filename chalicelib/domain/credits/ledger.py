"""An account's ledger: entries that are never changed, and the balance that they add up to (P4).

Amounts are hundredths of a credit. The balance is the sum of all entries' amounts; what is *held* for runs
that go on is part of it and not available. Available is never below zero: what would make it so is refused.
"""

from dataclasses import dataclass, field, replace

from chalicelib.domain.credits.entry import Entry
from chalicelib.domain.credits.money import credits_number
from chalicelib.domain.credits.spending import Spending
from chalicelib.domain.errors import InsufficientFundsError


@dataclass(frozen=True)
class Balance:
    """What an account's entries come to."""

    total: int = 0
    held: int = 0
    entries: int = 0
    """How many there are: each write is conditional on the last."""
    spending: Spending = field(default_factory=Spending)

    @property
    def available(self) -> int:
        """Return what can be held or paid."""
        return self.total - self.held

    def after(self, entry: Entry) -> tuple["Balance", Entry]:
        """Return the balance after a further entry, and that entry with its place.

        Raises InsufficientFundsError if more would be gone or held than there is.
        """
        total, held = self.total + entry.amount, self.held + entry.held
        if (entry.amount < 0 or entry.held > 0) and total < held:
            raise InsufficientFundsError(
                f"{credits_number(self.available)} credits are available, and "
                f"{credits_number(held - self.held - entry.amount)} are needed."
            )
        number = self.entries + 1
        return Balance(total, held, number, self.spending.after(entry)), replace(
            entry, number=number, balance=total
        )
