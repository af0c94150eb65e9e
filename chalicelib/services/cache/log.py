"""The log of an account's cache: what clients say that they did, and what jobs left there."""

import uuid
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.services.deps import deps
from chalicelib.storage.cache.log import LogItem


@dataclass(frozen=True)
class LogPage:
    """Some items, newest first, and the place before which older ones are; None: there are none."""

    items: tuple[LogItem, ...]
    older: str | None


def note(account: Caller, description: str, entries: int) -> None:
    """Write down what a client says that it did with so many entries."""
    item = LogItem(at=deps().clock(), description=description, entries=entries, log_id=str(uuid.uuid4()))
    deps().cache_log.add(account.account_id, item)


def items(account: Caller, *, page: int, page_size: int) -> list[LogItem]:
    """Return one page of an account's log, newest first; pages count from 1, one behind the last is empty."""
    end = page * page_size
    return deps().cache_log.items(account.account_id, at_most=end)[end - page_size :]


def page_of(account: Caller, *, page_size: int, before: str = "") -> LogPage:
    """Return items of an account's log, newest first: those before a place in it, if one is given."""
    found = deps().cache_log.items(account.account_id, at_most=page_size + 1, before=before)
    return LogPage(tuple(found[:page_size]), found[page_size - 1].place if len(found) > page_size else None)


def clear(account: Caller) -> int:
    """Delete an account's log; return how many items it had."""
    return deps().cache_log.clear(account.account_id)
