"""Whom objects are shared with, both ways, in the table of lists.

``content#CONTENT``, ``shared#EMAIL`` tells who reads an object, and ``shared#EMAIL``,
``CREATED_AT#CONTENT`` what somebody may read; both are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, Key

from chalicelib.domain.accounts import email_pointer
from chalicelib.domain.content.content import Content
from chalicelib.domain.content.readers import Reader
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.listing import id_of
from chalicelib.storage.aws.tables import item_of, items_under, items_where, read_items, write_items
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.content.index import CONTENT, place_in_time

SHARED = "shared#"


@dataclass(frozen=True)
class ReaderStore:
    """The table of lists."""

    table: str

    def of(self, content_id: str) -> list[Reader]:
        """Return whom an object is shared with, by their addresses in order."""
        return [from_item(Reader, item) for item in items_under(self.table, f"{CONTENT}{content_id}", SHARED)]

    def has(self, content_id: str, email: str) -> bool:
        """Tell whether an object is shared with an address."""
        return item_of(self.table, f"{CONTENT}{content_id}", _sort(email)) is not None

    def among(self, content_ids: Iterable[str], email: str) -> set[str]:
        """Return which of some objects are shared with an address."""
        keys = [{"pk": f"{CONTENT}{content_id}", "sk": _sort(email)} for content_id in content_ids]
        return {str(item["pk"]).removeprefix(CONTENT) for item in read_items(self.table, keys)}

    def given_to(self, email: str, *, ascending: bool = False) -> Iterator[str]:
        """Yield the ids of all objects that are shared with an address, the newest first unless told."""
        condition: ConditionBase = Key("pk").eq(_sort(email))
        for item in items_where(self.table, condition, ("sk",), newest_first=not ascending):
            yield id_of(item)

    def add(self, transaction: Transaction, content: Content, reader: Reader) -> None:
        """Add to a transaction that an object is shared with somebody."""
        ours, theirs = _both_ways(content, reader.email)
        transaction.put(self.table, {**ours, **to_item(reader), "place": place_in_time(content)}, new=False)
        transaction.put(self.table, theirs, new=False)

    def remove(self, transaction: Transaction, content: Content, email: str) -> None:
        """Add to a transaction that an object is shared with somebody no more."""
        for key in _both_ways(content, email):
            transaction.delete(self.table, key, expected={})

    def forget_all(self, content_id: str) -> None:
        """Keep no longer whom an object was shared with that nobody finds any more.

        Raises ItemsNotWrittenError.
        """
        for item in list(items_under(self.table, f"{CONTENT}{content_id}", SHARED)):
            theirs = {"pk": str(item["sk"]), "sk": str(item["place"])}
            write_items(self.table, deleted=[theirs, {"pk": str(item["pk"]), "sk": str(item["sk"])}])

    def forget_given_to(self, email: str) -> None:
        """Keep no longer what was shared with an address. Raises ItemsNotWrittenError."""
        for item in list(items_under(self.table, _sort(email))):
            content_id = id_of(item)
            ours = {"pk": f"{CONTENT}{content_id}", "sk": str(item["pk"])}
            write_items(self.table, deleted=[ours, {"pk": str(item["pk"]), "sk": str(item["sk"])}])


def _sort(email: str) -> str:
    return f"{SHARED}{email_pointer(email)}"


def _both_ways(content: Content, email: str) -> tuple[dict[str, Any], dict[str, Any]]:
    place = place_in_time(content)
    return (
        {"pk": f"{CONTENT}{content.content_id}", "sk": _sort(email)},
        {"pk": _sort(email), "sk": place},
    )
