"""Objects with which something is not finished: an upload that is awaited or checked, or a deletion.

Partition ``pending#ACCOUNT`` of the lists' table, sort key the object. One whose record is there waits for
an upload or its check; one whose record has gone still has files: who goes through the list deletes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.storage.aws.items import from_item
from chalicelib.storage.aws.tables import items_under, write_items
from chalicelib.storage.content.index import pending_list


@dataclass(frozen=True)
class Pending:
    """An object with which something is not finished."""

    content_id: str
    since: int
    """Milliseconds since 1970."""
    job_id: str | None = None
    """Whose results it was, if it was that and is being deleted."""
    run: int = 0


@dataclass(frozen=True)
class ContentRemoval:
    """The table of lists."""

    table: str

    def pending(self, account_id: str) -> Iterator[Pending]:
        """Yield the objects of an account with which something is not finished."""
        for item in items_under(self.table, pending_list(account_id)):
            yield from_item(Pending, {**item, "content_id": item["sk"]})

    def end(self, account_id: str, content_id: str) -> None:
        """Keep no longer that there was an object."""
        write_items(self.table, deleted=[{"pk": pending_list(account_id), "sk": content_id}])
