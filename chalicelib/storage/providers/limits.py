"""What workers share of each provider's limits: partitions of the jobs table, an item a limit.

An item is written once for some seconds, not for a call, and under the condition that nobody else
has written it meanwhile. One that is lost costs a burst and no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from chalicelib.domain.providers.limits import Limit
from chalicelib.domain.providers.places import Places
from chalicelib.domain.providers.service import LONGEST_MODEL, ModelUse, Service
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import item_of, items_where
from chalicelib.storage.aws.transaction import LostRaceError

PARTITIONS = {Limit: "limits", Places: "places"}
KEPT_SECONDS = 86_400
"""After its last write nothing in an item matters any more."""


Shared = TypeVar("Shared", Limit, Places)


@dataclass(frozen=True)
class LimitStore(Generic[Shared]):
    """The limits of one kind in the jobs table."""

    table: str
    kind: type[Shared]

    def get(self, name: str) -> Shared:
        """Return a limit as it is now; one that nobody has asked for yet is at its beginning."""
        item = item_of(self.table, PARTITIONS[self.kind], name)
        return from_item(self.kind, item) if item else self.kind()

    def beginning(self, name: str, *, at_most: int) -> dict[str, Shared]:
        """Return those limits whose names begin so, by the rest of their names."""
        condition = Key("pk").eq(PARTITIONS[self.kind]) & Key("sk").begins_with(name)
        found = items_where(self.table, condition, at_most=at_most)
        return {str(item["sk"]).removeprefix(name): from_item(self.kind, item) for item in found}

    def put(self, name: str, found: Shared, changed: Shared, *, now: int) -> Shared:
        """Write a limit over the one found, and return it as written; ``now`` is in milliseconds.

        Raises LostRaceError if somebody else has written it meanwhile.
        """
        written = replace(changed, version=found.version + 1)
        key = {"pk": PARTITIONS[self.kind], "sk": name}
        item = {**key, **to_item(written), "expires_at": now // 1000 + KEPT_SECONDS}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if found.version:
            condition = {
                "ConditionExpression": "#version = :found",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":found": found.version},
            }
        try:
            dynamodb().meta.client.put_item(TableName=self.table, Item=item, **condition)
        except ClientError as error:
            if condition_failed(error):
                raise LostRaceError(name) from error
            raise
        return written


def limit_name(service: Service, model: ModelUse) -> str:
    """Return the name of the limit of a model asked with an operator's key: it says nothing of the key."""
    secret = f"{service.url or ''}\n{service.key or ''}"
    digest = hashlib.sha256(secret.encode()).hexdigest()[:16]
    return f"{model.service}#{digest}#{model.model[:LONGEST_MODEL]}"
