"""An account's ledger as one looks through it: some of its entries at a time, and never all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.credits.entry import Entry, EntryKind
from chalicelib.domain.errors import TooLargeError
from chalicelib.services.content.naming import owners_of
from chalicelib.services.credits.ledger import balance_of
from chalicelib.services.deps import deps

LOOKED_THROUGH = 2_000
"""Entries at the most for one page: half a megabyte."""
MOST_IN_A_FILE = 20_000
TOO_MANY = (
    f"A file has {MOST_IN_A_FILE:,} entries at the most, and there are more: choose from which day to which."
)


@dataclass(frozen=True)
class LedgerQuery:
    """Which entries are asked for. Times are milliseconds since 1970."""

    kinds: frozenset[EntryKind] = frozenset()
    """None: all."""
    job_id: str = ""
    since: int | None = None
    until: int | None = None
    """The first moment that is not asked for any more."""

    def wants(self, entry: Entry) -> bool:
        """Tell whether an entry is asked for, whenever it was made."""
        return (not self.kinds or entry.kind in self.kinds) and self.job_id in {"", entry.job_id}

    def is_before(self, entry: Entry) -> bool:
        """Tell whether an entry, and so all before it, was made too early."""
        return self.since is not None and entry.at < self.since


@dataclass(frozen=True)
class LedgerLine:
    """One entry, and who is on its other side, if anybody is whose name is known."""

    entry: Entry
    other: str | None


@dataclass(frozen=True)
class LedgerPage:
    """Some entries, the newest first."""

    lines: tuple[LedgerLine, ...]
    looked_through: int
    go_on: int | None
    """Below which number those are that follow; None: there are none."""


def ledger_page(account: Caller, query: LedgerQuery, *, before: int | None, page_size: int) -> LedgerPage:
    """Return the next entries below a number; without one, the newest."""
    found: list[Entry] = []
    looked, go_on = 0, None
    for entry in _entries(account, query, before=before, at_most=LOOKED_THROUGH):
        looked += 1
        if query.wants(entry):
            found.append(entry)
        if len(found) == page_size or looked == LOOKED_THROUGH:
            go_on = entry.number if entry.number > 1 else None
            break
    others = owners_of({entry.other_account for entry in found if entry.other_account})
    lines = (LedgerLine(entry, others.of(entry.other_account)) for entry in found)
    return LedgerPage(tuple(lines), looked, go_on)


def whole_ledger(account: Caller, query: LedgerQuery) -> list[Entry]:
    """Return all entries that are asked for, the newest first; raises TooLargeError for too many."""
    entries = list(_entries(account, query, before=None, at_most=MOST_IN_A_FILE + 1))
    if len(entries) > MOST_IN_A_FILE:
        raise TooLargeError(TOO_MANY)
    return [entry for entry in entries if query.wants(entry)]


def _entries(account: Caller, query: LedgerQuery, *, before: int | None, at_most: int) -> Iterator[Entry]:
    """Yield entries of the time that is asked for, the newest first."""
    if query.until is not None:
        end = _first_from(account, query.until)
        before = end if before is None else min(before, end)
    for entry in deps().credits.entries(account.account_id, before=before, at_most=at_most):
        if query.is_before(entry):
            return
        yield entry


def _first_from(account: Caller, at: int) -> int:
    """Return the number of the first entry that was made at a time or later: numbers are in order of time."""
    low, high = 1, balance_of(account).entries + 1
    while low < high:
        middle = (low + high) // 2
        entry = deps().credits.entry(account.account_id, middle)
        if entry is None or entry.at >= at:
            high = middle
        else:
            low = middle + 1
    return low
