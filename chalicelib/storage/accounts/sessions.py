"""Sessions of browsers, by the digests of their tokens."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.accounts import Session
from chalicelib.domain.api_keys import key_digest
from chalicelib.storage.accounts.lists import SESSION, expiring, list_of
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import write_items
from chalicelib.storage.aws.transaction import Transaction


@dataclass(frozen=True)
class SessionStore:
    """Partition ``session#DIGEST`` of the accounts' table; its account's list names it."""

    table: str
    lists: str

    def begin(self, token: str, session: Session) -> None:
        """Keep a new session; the token itself is not kept."""
        transaction = Transaction()
        transaction.put(self.table, {**_key(token), **to_item(session)})
        entry = expiring(session.account_id, _key(token)["pk"], session.expires_at)
        transaction.put(self.lists, entry)
        transaction.commit()

    def get(self, token: str) -> Session | None:
        """Return the session of a token; it may be over, or its key may have gone."""
        item = dynamodb().Table(self.table).get_item(Key=_key(token)).get("Item")
        return from_item(Session, item) if item else None

    def end(self, token: str) -> None:
        """Forget a session, if it is there."""
        ended = dynamodb().Table(self.table).delete_item(Key=_key(token), ReturnValues="ALL_OLD")
        if item := ended.get("Attributes"):
            entry = {"pk": list_of(str(item["account_id"])), "sk": _key(token)["pk"]}
            write_items(self.lists, deleted=[entry])


def _key(token: str) -> dict[str, str]:
    return {"pk": f"{SESSION}{key_digest(token)}"}
