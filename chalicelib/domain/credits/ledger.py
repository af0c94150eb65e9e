"""An account's ledger: entries that are never changed, and the balance that they add up to (P4).

Amounts are hundredths of a credit. The balance is the sum of all entries' amounts; what is *held* for runs
that go on is part of it and not available. Available is never below zero: what would make it so is refused.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.domain.credits.money import credits_number
from chalicelib.domain.errors import InsufficientFundsError


class EntryKind(StrEnum):
    """What an entry is about."""

    GRANT = "grant"
    """Whoever runs this Perch gave credits, or took some back."""
    HOLD = "hold"
    """A run may cost so much: nothing else can be paid of it meanwhile."""
    RELEASE = "release"
    """A run has not cost what was held for it."""
    CHARGE = "charge"
    """A run has cost so much."""
    TRANSFER = "transfer"
    """From one account to another."""
    PAYMENT = "payment"
    """For a service of another account's."""


@dataclass(frozen=True)
class Entry:
    """One line of a ledger. ``at`` is milliseconds since 1970."""

    kind: EntryKind
    at: int
    amount: int = 0
    """By how much it changes the balance; below zero where credits go."""
    held: int = 0
    """By how much it changes what is held."""
    job_id: str = ""
    run: int = 0
    other_account: str = ""
    """Of a transfer or payment: who is on its other side."""
    note: str = ""
    borne: int = 0
    """Of a charge: what the run cost beyond what was held for it, which nobody is charged for."""
    number: int = 0
    """Its place in the ledger, from 1 on, without gaps."""
    balance: int = 0
    """After it."""


@dataclass(frozen=True)
class Balance:
    """What an account's entries come to."""

    total: int = 0
    held: int = 0
    entries: int = 0
    """How many there are: each write is conditional on the last."""

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
        return Balance(total, held, number), replace(entry, number=number, balance=total)
