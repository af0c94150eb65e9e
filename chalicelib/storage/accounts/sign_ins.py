"""How often signing in has failed of late, by the digest of where it was tried from."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from boto3.dynamodb.conditions import Key

from chalicelib.domain.api_keys import key_digest
from chalicelib.storage.aws.tables import items_where, write_items

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class SignInStore:
    """Partition ``failed-sign-in#DIGEST#PERIOD`` of the lists' table: an item a failure, which expires."""

    lists: str

    def failures(self, source: str, period: int, *, at_most: int) -> int:
        """Return how often it has failed from a place in a period of time."""
        return sum(1 for _ in items_where(self.lists, Key("pk").eq(_of(source, period)), at_most=at_most))

    def note_failure(self, source: str, period: int, *, now: int) -> None:
        """Note one more, at a time in seconds since 1970."""
        place = {"pk": _of(source, period), "sk": str(uuid.uuid4())}
        write_items(self.lists, [{**place, "expires_at": now + KEPT_SECONDS}])


def _of(source: str, period: int) -> str:
    return f"failed-sign-in#{key_digest(source)}#{period}"
