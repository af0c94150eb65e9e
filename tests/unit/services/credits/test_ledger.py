"""What is granted, transferred and paid is entered once, on both sides, or not at all."""

import threading
from collections.abc import Callable

import pytest

from chalicelib.domain.accounts import Account, Caller
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.errors import InsufficientFundsError, InvalidRequestError, NotFoundError
from chalicelib.services.credits import ledger
from chalicelib.services.deps import deps
from chalicelib.storage.aws.tables import delete_items
from chalicelib.storage.aws.transaction import LostRaceError, Transaction
from tests.support.stage import CREDITS, Stage

OPENED = CREDITS


def total(account: Account) -> int:
    return ledger.balance_of(account).total


def test_what_an_account_was_opened_with_is_granted_once(stage: Stage) -> None:
    assert total(stage.account) == OPENED
    ledger.grant(stage.account.account_id, 5, "a gift")
    assert total(stage.account) == OPENED + 5
    first, second = ledger.entries_of(stage.account, before=None, at_most=10)[::-1]
    assert (first.kind, first.amount, first.note) == (EntryKind.GRANT, OPENED, "Opening balance")
    assert (second.amount, second.balance, second.note) == (5, OPENED + 5, "a gift")


def test_a_grant_can_be_taken_back_as_far_as_it_is_there(stage: Stage) -> None:
    ledger.grant(stage.account.account_id, -OPENED, "taken back")
    assert total(stage.account) == 0
    with pytest.raises(InsufficientFundsError):
        ledger.grant(stage.account.account_id, -1, "more")
    assert len(ledger.entries_of(stage.account, before=None, at_most=10)) == 2


def test_what_one_gives_the_other_has(stage: Stage) -> None:
    balance = ledger.move(
        EntryKind.TRANSFER, stage.account, stage.stranger.account_id, 250, "for your pretests"
    )
    assert balance.total == total(stage.account) == OPENED - 250
    assert total(stage.stranger) == OPENED + 250
    mine = ledger.entries_of(stage.account, before=None, at_most=1)[0]
    theirs = ledger.entries_of(stage.stranger, before=None, at_most=1)[0]
    assert (mine.other_account, theirs.other_account) == (
        stage.stranger.account_id,
        stage.account.account_id,
    )


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
def test_an_amount_that_is_none_changes_nothing(stage: Stage, amount: int) -> None:
    with pytest.raises(InvalidRequestError):
        ledger.move(EntryKind.PAYMENT, stage.account, stage.stranger.account_id, amount, "")
    assert total(stage.account) == total(stage.stranger) == OPENED


def test_nobody_gives_himself_or_nobody_or_more_than_he_has(stage: Stage) -> None:
    with pytest.raises(InvalidRequestError):
        ledger.move(EntryKind.TRANSFER, stage.account, stage.account.account_id, 1, "")
    with pytest.raises(NotFoundError):
        ledger.move(EntryKind.TRANSFER, stage.account, "nobody", 1, "")
    with pytest.raises(InsufficientFundsError):
        ledger.move(EntryKind.TRANSFER, stage.account, stage.stranger.account_id, OPENED + 1, "")
    assert total(stage.account) == total(stage.stranger) == OPENED


def test_entries_come_page_by_page(stage: Stage) -> None:
    for number in range(1, 8):
        ledger.grant(stage.account.account_id, number, "")
    first = ledger.entries_of(stage.account, before=None, at_most=3)
    second = ledger.entries_of(stage.account, before=first[-1].number, at_most=3)
    assert [entry.number for entry in first + second] == [8, 7, 6, 5, 4, 3]


def at_once(*steps: Callable[[], None]) -> None:
    threads = [threading.Thread(target=step) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_side_by_side_nothing_is_lost_and_nothing_overspent(stage: Stage) -> None:
    caller, other = Caller(stage.account.account_id), Caller(stage.stranger.account_id)
    deps_of_all = deps()
    refused: list[Exception] = []

    def send(whose: Caller, to: Caller) -> None:
        assert deps() is deps_of_all
        for _ in range(5):
            try:
                ledger.move(EntryKind.TRANSFER, whose, to.account_id, OPENED // 4, "")
            except InsufficientFundsError as error:
                refused.append(error)

    at_once(*[lambda: send(caller, other)] * 2, lambda: send(other, caller))
    assert total(stage.account) + total(stage.stranger) == 2 * OPENED
    assert min(total(stage.account), total(stage.stranger)) >= 0
    for account in (stage.account, stage.stranger):
        entries = ledger.entries_of(account, before=None, at_most=100)
        assert sum(entry.amount for entry in entries) == total(account)
        assert [entry.number for entry in entries] == list(range(len(entries), 0, -1))


def spend(account: Account, amount: int, models: dict[str, int] | None = None) -> None:
    opened, transaction = ledger.Ledger(account.account_id), Transaction()
    opened.enter(Entry(EntryKind.CHARGE, deps().clock(), -amount), models)
    opened.write(transaction)
    transaction.commit()


def test_what_is_spent_is_counted_by_month_and_model(stage: Stage) -> None:
    spend(stage.account, 300, {"openai gpt-4o": 300})
    ledger.move(EntryKind.PAYMENT, stage.account, stage.stranger.account_id, 50, "")
    ledger.move(EntryKind.TRANSFER, stage.account, stage.stranger.account_id, 70, "")
    stage.now += 31 * 86_400_000
    spend(stage.account, 20, {"google gemini": 20})
    february, january = deps().credits.months(stage.account.account_id, at_most=12)
    assert (january.month, january.spent, january.models) == ("2027-01", 350, {"openai gpt-4o": 300})
    assert (february.month, february.spent, february.other) == ("2027-02", 20, 0)
    assert deps().credits.months(stage.stranger.account_id, at_most=12) == []


def test_a_month_that_an_earlier_perch_has_begun_goes_on(stage: Stage) -> None:
    spend(stage.account, 300)
    delete_items(deps().settings.credits_table, stage.account.account_id, "month#")
    spend(stage.account, 20, {"google gemini": 20})
    (month,) = deps().credits.months(stage.account.account_id, at_most=12)
    assert (month.spent, month.models, month.other) == (320, {"google gemini": 20}, 300)


def test_of_two_that_count_a_month_at_once_one_begins_anew(stage: Stage) -> None:
    first, second = ledger.Ledger(stage.account.account_id), ledger.Ledger(stage.account.account_id)
    transactions = []
    for each in (first, second):
        each.enter(Entry(EntryKind.CHARGE, deps().clock(), -5), {"a b": 5})
        transactions.append(Transaction())
        each.write(transactions[-1])
    transactions[0].commit()
    with pytest.raises(LostRaceError):
        transactions[1].commit()
    (month,) = deps().credits.months(stage.account.account_id, at_most=12)
    assert month.spent == 5
