"""Accounts as an admin looks through them: what each has, may spend, and when it was last here."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain.accounts import Account
from chalicelib.domain.api_keys import ApiKey
from chalicelib.domain.credits.entry import Entry
from chalicelib.domain.credits.ledger import Balance
from chalicelib.domain.credits.limits import AccountLimits
from chalicelib.domain.errors import NotFoundError
from chalicelib.services.accounts.naming import named
from chalicelib.services.credits.ledger import balance_of, entries_of
from chalicelib.services.credits.limits import limits_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.parallel import in_parallel
from chalicelib.storage.credits import Book

MOST_JOBS = 1_000
"""Of an account are counted: one request."""
LEDGER = 20


@dataclass(frozen=True)
class AccountLine:
    """An account among others."""

    account: Account
    balance: Balance
    limits: AccountLimits
    jobs: int
    """``MOST_JOBS``: so many or more."""
    keys: int
    last_seen: int | None
    """When a key of its was last used, to the hour."""

    @property
    def has_more_jobs(self) -> bool:
        """Tell whether it may have more jobs than were counted."""
        return self.jobs == MOST_JOBS


@dataclass(frozen=True)
class AccountPage:
    """Some accounts in the order of their addresses, and the address to go on from; None: that was all."""

    lines: tuple[AccountLine, ...]
    next: str | None


@dataclass(frozen=True)
class AccountFacts:
    """One account, its live keys, and the newest entries of its ledger."""

    line: AccountLine
    keys: tuple[ApiKey, ...]
    entries: tuple[Entry, ...]


def list_accounts(*, beginning: str, after: str, page_size: int) -> AccountPage:
    """Return accounts whose addresses begin so, behind an address; or the one that has such a username."""
    found = deps().accounts.some(beginning, after=after, at_most=page_size + 1)
    further = found[page_size - 1].email if len(found) > page_size else None
    if not found and not after and (called := deps().accounts.by_username(beginning)):
        found = [called]
    accounts = found[:page_size]
    books = deps().credits.books([account.account_id for account in accounts])
    lines = in_parallel(lambda account: _line(account, books[account.account_id]), accounts)
    return AccountPage(tuple(lines), further)


def account_facts(account_id: str) -> AccountFacts:
    """Return one account. Raises NotFoundError."""
    account = the_account(account_id)
    keys = deps().keys.of_account(account_id)
    book = Book(balance_of(account), limits_of(account))
    entries = entries_of(account, before=None, at_most=LEDGER)
    return AccountFacts(_line(account, book), tuple(keys), tuple(entries))


def the_account(account_id: str) -> Account:
    """Return an account as it is now. Raises NotFoundError."""
    account = deps().accounts.get(account_id)
    if account is None:
        raise NotFoundError("There is no such account here.")
    return named(account)


def emails_of(account_ids: Iterable[str]) -> dict[str, str]:
    """Return the addresses of accounts by their ids; those that have gone are left out."""
    found = in_parallel(deps().accounts.get, sorted(account_ids))
    return {account.account_id: account.email for account in found if account is not None}


def _line(account: Account, book: Book) -> AccountLine:
    keys = deps().keys.of_account(account.account_id)
    # What it was opened with is entered with whatever comes first.
    balance = book.balance if book.balance.entries else Balance(total=account.credits)
    return AccountLine(
        account=account,
        balance=balance,
        limits=book.limits,
        jobs=deps().jobs.count(account.account_id, at_most=MOST_JOBS),
        keys=len(keys),
        last_seen=max((key.used_at for key in keys if key.used_at is not None), default=None),
    )
