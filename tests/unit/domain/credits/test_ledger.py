"""The balance is the sum of its entries, and what is available is never below zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.errors import InsufficientFundsError

AMOUNTS = st.integers(-200, 200)


def entry(amount: int = 0, held: int = 0) -> Entry:
    return Entry(EntryKind.GRANT, 1, amount, held)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=60))
def test_whatever_is_entered_it_adds_up(changes: list[tuple[int, int]]) -> None:
    balance, entries = Balance(), list[Entry]()
    for amount, held in changes:
        before = balance
        try:
            balance, one = balance.after(entry(amount, held))
        except InsufficientFundsError:
            assert balance is before
            continue
        entries.append(one)
        if amount < 0 or held > 0:
            assert balance.available >= 0
    assert balance.total == sum(one.amount for one in entries)
    assert balance.held == sum(one.held for one in entries)
    assert [one.number for one in entries] == list(range(1, balance.entries + 1))
    assert all(one.balance == sum(each.amount for each in entries[: one.number]) for one in entries)


def test_what_is_held_cannot_be_spent_otherwise() -> None:
    balance, _ = Balance().after(entry(100))
    balance, _ = balance.after(entry(held=70))
    assert (balance.total, balance.available) == (100, 30)
    with pytest.raises(InsufficientFundsError, match=r"0\.3 credits are available, and 0\.31 are needed"):
        balance.after(entry(-31))
    with pytest.raises(InsufficientFundsError):
        balance.after(entry(held=31))
    charged, _ = balance.after(Entry(EntryKind.CHARGE, 1, -70, -70))
    assert (charged.total, charged.available) == (30, 30)
