"""Sessions of browsers, by the digests of their tokens."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.accounts import Session
from chalicelib.domain.api_keys import key_digest
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item


@dataclass(frozen=True)
class SessionStore:
    """Partition ``session#DIGEST`` of the accounts' table."""

    table: str

    def begin(self, token: str, session: Session) -> None:
        """Keep a new session; the token itself is not kept."""
        item = {"pk": f"session#{key_digest(token)}", **to_item(session)}
        dynamodb().Table(self.table).put_item(Item=item)

    def get(self, token: str) -> Session | None:
        """Return the session of a token; it may be over, or its key may have gone."""
        key = {"pk": f"session#{key_digest(token)}"}
        item = dynamodb().Table(self.table).get_item(Key=key).get("Item")
        return from_item(Session, item) if item else None

    def end(self, token: str) -> None:
        """Forget a session, if it is there."""
        dynamodb().Table(self.table).delete_item(Key={"pk": f"session#{key_digest(token)}"})
