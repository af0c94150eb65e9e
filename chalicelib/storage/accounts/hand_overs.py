"""Keys on their way to a client that asked for one, by the digests of the clients' tokens."""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import ClientError

from chalicelib.domain.api_keys import key_digest
from chalicelib.storage.accounts.lists import HAND_OVER, expiring, list_of
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import write_items
from chalicelib.storage.aws.transaction import Transaction


@dataclass(frozen=True)
class HandOver:
    """A key that waits for its client."""

    account_id: str
    sealed: str
    """The key, which only the client's token opens."""
    expires_at: int
    """Seconds since 1970: after that nothing is given, and some time later DynamoDB removes it."""


@dataclass(frozen=True)
class HandOverStore:
    """Partition ``hand-over#DIGEST`` of the accounts' table; its account's list names it."""

    table: str
    lists: str

    def get(self, token: str) -> HandOver | None:
        """Return what waits for a token, in one read; it may have expired."""
        item = dynamodb().Table(self.table).get_item(Key=_key(token), ConsistentRead=True).get("Item")
        return from_item(HandOver, item) if item else None

    def add(
        self, transaction: Transaction, token: str, hand_over: HandOver, *, over: HandOver | None
    ) -> None:
        """Add a hand-over to a transaction, over one that has expired if there is one."""
        item = {**_key(token), **to_item(hand_over)}
        if over is None:
            transaction.put(self.table, item)
        else:
            transaction.replace(self.table, item, expected={"sealed": over.sealed})
        entry = expiring(hand_over.account_id, _key(token)["pk"], hand_over.expires_at)
        transaction.put(self.lists, entry, new=False)

    def take(self, token: str, hand_over: HandOver) -> bool:
        """Take away what waits; tell whether nobody else did."""
        try:
            dynamodb().Table(self.table).delete_item(
                Key=_key(token),
                ConditionExpression="#sealed = :sealed",
                ExpressionAttributeNames={"#sealed": "sealed"},
                ExpressionAttributeValues={":sealed": hand_over.sealed},
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        entry = {"pk": list_of(hand_over.account_id), "sk": _key(token)["pk"]}
        write_items(self.lists, deleted=[entry])
        return True


def _key(token: str) -> dict[str, str]:
    return {"pk": f"{HAND_OVER}{key_digest(token)}"}
