"""Many at one ledger: whatever order they come in, it adds up, and nobody spends what is not there.

Each operation reads, decides and writes, as runs do that begin and end; between these steps the others go on.
``PERCH_LEDGER_OPERATIONS`` says how many there are.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.errors import InsufficientFundsError
from chalicelib.services.credits.ledger import Ledger
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from tests.simulation import money
from tests.support.fakes.aws.stage import FakeStage, opened_stage

OPERATIONS = int(os.environ.get("PERCH_LEDGER_OPERATIONS", "5000"))
AT_ONCE = 20
LOOK = 500
"""Operations after which all is looked at."""


class Bank:
    """Two accounts, and operations on them that are under way."""

    def __init__(self, stage: FakeStage, seed: int) -> None:
        self.dice = random.Random(f"bank {seed}")
        self.accounts = [stage.account.account_id, stage.stranger.account_id]
        self.holds: list[tuple[str, int]] = []
        """What was held, of which account."""
        self.given = 0
        self.charged = 0
        self.done = self.refused = self.raced = 0

    def operation(self) -> Iterator[None]:
        """Do something with one or both accounts, until it is done or refused; stop between the steps."""
        kind = self.dice.choices(list(EntryKind), weights=[1, 6, 0, 6, 3, 1])[0]
        held = self._taken_hold() if kind is EntryKind.CHARGE else None
        if kind is EntryKind.CHARGE and held is None:
            kind = EntryKind.HOLD
        account = held[0] if held else self.dice.choice(self.accounts)
        amount = held[1] if held else self.dice.randint(1, 400_000)
        used = self.dice.randint(0, amount)
        while True:
            yield
            transaction, ledgers = Transaction(), [Ledger(account)]
            yield
            try:
                self._enter(kind, ledgers, account, amount, used)
            except InsufficientFundsError:
                self.refused += 1
                return
            for ledger in ledgers:
                ledger.write(transaction)
            yield
            try:
                transaction.commit()
            except LostRaceError:
                self.raced += 1
                continue
            break
        self._note(kind, account, amount, used)
        self.done += 1

    def _enter(self, kind: EntryKind, ledgers: list[Ledger], account: str, amount: int, used: int) -> None:
        ledger, now = ledgers[0], deps().clock()
        if kind is EntryKind.GRANT:
            ledger.enter(Entry(kind, now, amount))
        elif kind is EntryKind.HOLD:
            ledger.enter(Entry(kind, now, held=amount))
        elif kind is EntryKind.CHARGE:
            ledger.enter(Entry(kind, now, -used, -used))
            ledger.enter(Entry(EntryKind.RELEASE, now, held=used - amount))
        else:
            (other,) = [each for each in self.accounts if each != account]
            ledger.enter(Entry(kind, now, -amount, other_account=other))
            ledgers.append(Ledger(other))
            ledgers[1].enter(Entry(kind, now, amount, other_account=account))

    def _note(self, kind: EntryKind, account: str, amount: int, used: int) -> None:
        if kind is EntryKind.GRANT:
            self.given += amount
        elif kind is EntryKind.HOLD:
            self.holds.append((account, amount))
        elif kind is EntryKind.CHARGE:
            self.charged += used

    def _taken_hold(self) -> tuple[str, int] | None:
        return self.holds.pop(self.dice.randrange(len(self.holds))) if self.holds else None

    def balances(self) -> list[tuple[int, int]]:
        found = [deps().credits.book(account).balance for account in self.accounts]
        return [(balance.total, balance.held) for balance in found]


def test_whatever_the_order_every_ledger_adds_up() -> None:
    with opened_stage() as stage:
        bank = Bank(stage, seed=1)
        for account in bank.accounts:
            opened, transaction = Ledger(account), Transaction()
            opened.write(transaction)
            transaction.commit()
        before = sum(total for total, _ in bank.balances())
        going: list[Iterator[None]] = []
        while bank.done < OPERATIONS:
            while len(going) < AT_ONCE:
                going.append(bank.operation())
            chosen = bank.dice.choice(going)
            if next(chosen, "over") == "over":
                going.remove(chosen)
                if bank.done % LOOK == 0:
                    balances = bank.balances()
                    assert all(total >= held >= 0 for total, held in balances)
        for chosen in going:
            for _ in chosen:
                pass
        money.adds_up(stage.aws.table(deps().settings.credits_table))
        assert sum(total for total, _ in bank.balances()) == before + bank.given - bank.charged
        assert sum(held for _, held in bank.balances()) == sum(amount for _, amount in bank.holds)
        assert bank.refused
        assert bank.raced
