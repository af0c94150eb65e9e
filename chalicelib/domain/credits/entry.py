"""One line of an account's ledger, which is never changed."""

from dataclasses import dataclass
from enum import StrEnum


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
