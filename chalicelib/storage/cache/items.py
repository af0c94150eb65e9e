"""Where cache entries lie in their table, and on what conditions they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIRST_DIGITS = "0123456789abcdef"
"""With which keys begin: a partition each, for one takes 1,000 writes a second (DynamoDB)."""
Item = Mapping[str, Any]
Condition = dict[str, Any]
"""What boto3 takes with a write."""


def partition_of(scope: str, digit: str) -> str:
    """Return the partition of a scope's keys that begin with a digit."""
    return f"entry#{scope}#{digit}"


def place_of(scope: str, key: str) -> dict[str, str]:
    """Return the item's key of an entry."""
    return {"pk": partition_of(scope, key[0]), "sk": key}


def lives(item: Item, now: int) -> bool:
    """Tell whether an entry has not expired at a time in milliseconds."""
    return "expires_at" not in item or int(item["expires_at"]) > now // 1000


def unless_taken(maker: str, before: int, now: int) -> Condition:
    """Return a condition: no entry is there, or the maker's own, an older, or an expired one."""
    clauses = ["attribute_not_exists(pk)", "written_at < :before", "expires_at <= :now"]
    values: dict[str, Any] = {":before": before, ":now": now // 1000}
    if maker:
        clauses.append("maker = :maker")
        values[":maker"] = maker
    return {"ConditionExpression": " OR ".join(clauses), "ExpressionAttributeValues": values}


def only_of(owner: str) -> Condition:
    """Return a condition: an entry is there, and is the owner's."""
    return {
        "ConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": owner},
    }
