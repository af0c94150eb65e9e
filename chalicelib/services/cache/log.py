"""The log of an account's cache: what clients say that they did, and what jobs left there."""

import uuid

from chalicelib.domain.accounts import Account
from chalicelib.domain.json_types import Document
from chalicelib.domain.times import iso
from chalicelib.services.deps import parts
from chalicelib.storage.cache.log import LogItem


def note(account: Account, description: str, entries: int) -> Document:
    """Write down what a client says that it did with so many entries."""
    item = LogItem(at=parts().clock(), description=description, entries=entries, log_id=str(uuid.uuid4()))
    parts().cache_log.add(account.account_id, item)
    return {"status": "success"}


def items(account: Account, *, page: int, page_size: int) -> list[Document]:
    """Return one page of an account's log, newest first; pages count from 1, one behind the last is empty."""
    end = page * page_size
    found = parts().cache_log.items(account.account_id, at_most=end)
    return [
        {
            "uuid": item.log_id,
            "description": item.description,
            "cache_entry_count": item.entries,
            "created_at": iso(item.at),
            "job_uuid": item.job_id or None,
        }
        for item in found[end - page_size :]
    ]


def clear(account: Account) -> Document:
    """Delete an account's log."""
    return {"status": "success", "deleted_log_count": parts().cache_log.clear(account.account_id)}
