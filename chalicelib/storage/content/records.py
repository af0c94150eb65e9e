"""The records of objects, and with each change of one what it is found by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.content.content import Content
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import read_items
from chalicelib.storage.aws.transaction import ABSENT, Transaction, retry_on_lost_race
from chalicelib.storage.content.index import ALIAS, index_items, pending_item


@dataclass(frozen=True)
class ContentStore:
    """The content table, partition ``content#ID``; beside it the table of lists (see ``index``)."""

    table: str
    index: str

    def get(self, content_id: str) -> Content | None:
        """Return an object's record as it is now, whoever owns it."""
        item = dynamodb().Table(self.table).get_item(Key=_key(content_id), ConsistentRead=True).get("Item")
        return from_item(Content, item) if item else None

    def those(self, content_ids: Iterable[str]) -> dict[str, Content]:
        """Return records as they are now, by id; those that are gone are left out."""
        keys = [_key(content_id) for content_id in dict.fromkeys(content_ids)]
        found = (from_item(Content, item) for item in read_items(self.table, keys))
        return {content.content_id: content for content in found}

    def add(self, transaction: Transaction, content: Content) -> None:
        """Add a new object to a transaction, which is lost if another one of its owner's has its alias."""
        transaction.put(self.table, _item(content))
        for item in index_items(content).values():
            transaction.put(self.index, item)

    def change(self, transaction: Transaction, before: Content, after: Content) -> Content:
        """Add a change to a transaction, which is lost if there was another; return the record as it will be.

        It is also lost if another one of its owner's objects has the alias.
        """
        changed = replace(after, changes=before.changes + 1)
        transaction.replace(self.table, _item(changed), expected=_as_it_was(before))
        old, new = index_items(before), index_items(changed)
        for place, item in new.items():
            # An earlier Perch wrote nothing down that results were found by.
            if old.get(place) != item or not before.changes:
                transaction.put(self.index, item, new=place not in old and place[0].startswith(ALIAS))
        for partition, sort in old.keys() - new.keys():
            transaction.delete(self.index, {"pk": partition, "sk": sort}, expected={})
        return changed

    def remove(self, transaction: Transaction, content: Content, *, unfinished_at: int | None = None) -> None:
        """Add to a transaction that an object is found no more; it is lost if that was changed meanwhile.

        ``unfinished_at`` is when its deletion begins, if more of it than this is to go (see ``removal``).
        """
        transaction.delete(self.table, _key(content.content_id), expected=_as_it_was(content))
        pending = pending_item(content, at=unfinished_at) if unfinished_at is not None else None
        for place, item in index_items(content).items():
            if pending is None or place != (pending["pk"], pending["sk"]):
                transaction.delete(self.index, {"pk": item["pk"], "sk": item["sk"]}, expected={})
        if pending is not None:
            transaction.put(self.index, pending, new=False)

    def delete(self, content_ids: Iterable[str]) -> None:
        """Keep objects no longer, however they are at this moment; those that are not there are no error.

        Raises LostRaceError.
        """
        for content_id in dict.fromkeys(content_ids):
            retry_on_lost_race(lambda content_id=content_id: self._delete(content_id))  # type: ignore[misc]

    def _delete(self, content_id: str) -> None:
        content = self.get(content_id)
        if content is not None:
            transaction = Transaction()
            self.remove(transaction, content)
            transaction.commit()


def _key(content_id: str) -> dict[str, str]:
    return {"pk": f"content#{content_id}"}


def _item(content: Content) -> dict[str, Any]:
    item = {**_key(content.content_id), **to_item(content)}
    if not content.changes:
        del item["changes"]  # as those that an earlier Perch wrote
    return item


def _as_it_was(content: Content) -> dict[str, Any]:
    return {"content_id": content.content_id, "changes": content.changes or ABSENT}
