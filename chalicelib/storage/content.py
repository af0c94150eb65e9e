"""Objects that clients name by id: for now the results of jobs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain.content.content import Content
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import write_items
from chalicelib.storage.aws.transaction import Transaction


@dataclass(frozen=True)
class ContentStore:
    """The content table; partition ``content#ID``."""

    table: str

    def add(self, transaction: Transaction, content: Content) -> None:
        """Add a new object to a transaction."""
        transaction.put(self.table, {"pk": f"content#{content.content_id}", **to_item(content)})

    def get(self, content_id: str) -> Content | None:
        """Return what is kept of an object, whoever owns it."""
        item = dynamodb().Table(self.table).get_item(Key={"pk": f"content#{content_id}"}).get("Item")
        return from_item(Content, item) if item else None

    def delete(self, content_ids: Iterable[str]) -> None:
        """Keep objects no longer; those that are not there are no error. Raises ItemsNotWrittenError."""
        write_items(self.table, deleted=[{"pk": f"content#{each}"} for each in dict.fromkeys(content_ids)])
