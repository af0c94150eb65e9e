"""The log of an account's cache: what clients say that they did, and what jobs left there."""

import uuid

from chalicelib.domain.accounts import Caller
from chalicelib.services.deps import deps
from chalicelib.storage.cache.log import LogItem


def note(account: Caller, description: str, entries: int) -> None:
    """Write down what a client says that it did with so many entries."""
    item = LogItem(at=deps().clock(), description=description, entries=entries, log_id=str(uuid.uuid4()))
    deps().cache_log.add(account.account_id, item)


def items(account: Caller, *, page: int, page_size: int) -> list[LogItem]:
    """Return one page of an account's log, newest first; pages count from 1, one behind the last is empty."""
    end = page * page_size
    return deps().cache_log.items(account.account_id, at_most=end)[end - page_size :]


def clear(account: Caller) -> int:
    """Delete an account's log; return how many items it had."""
    return deps().cache_log.clear(account.account_id)
