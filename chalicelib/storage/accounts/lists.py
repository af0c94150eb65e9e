"""What an account has in the accounts' table beside its record: the list that it is found by.

Partition ``account#ID`` of the lists' table. Sort keys: ``key#KEY_ID`` and ``revoked#KEY_ID``,
``session#DIGEST``, ``hand-over#DIGEST``; the latter two expire with what they name.
"""

from __future__ import annotations

SESSION, HAND_OVER = "session#", "hand-over#"


def list_of(account_id: str) -> str:
    """Return the partition of an account's list."""
    return f"account#{account_id}"


def expiring(account_id: str, partition: str, expires_at: int) -> dict[str, str | int]:
    """Return the entry of something that expires, by its own partition in the accounts' table."""
    return {"pk": list_of(account_id), "sk": partition, "expires_at": expires_at}
