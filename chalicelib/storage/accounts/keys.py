"""The digests of accounts' keys: what a key opens, and which keys an account has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.accounts import Account, Role
from chalicelib.domain.api_keys import ApiKey
from chalicelib.storage.accounts.lists import list_of
from chalicelib.storage.aws.clients import dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import items_under, read_items
from chalicelib.storage.aws.transaction import Transaction


@dataclass(frozen=True)
class KeptKey:
    """What one read of a key's digest tells."""

    account_id: str
    """Empty: the account has been deleted."""
    key: ApiKey | None
    """None: an earlier Perch kept it, and wrote down only whose it is."""
    role: Role
    disabled: bool
    revoked: bool


@dataclass(frozen=True)
class KeyStore:
    """Partition ``key#DIGEST`` of the accounts' table: a key, and of its account what each request must know.

    Another table lists an account's keys: partition ``account#ID``, sort key ``key#KEY_ID``, or
    ``revoked#KEY_ID``. Both change in one transaction, and with them the account's own count of such changes
    (``AccountStore.change``).
    """

    table: str
    lists: str

    def kept(self, digest: str) -> KeptKey | None:
        """Return what is known of a key as it is now, in one read."""
        item = dynamodb().Table(self.table).get_item(Key=_key(digest), ConsistentRead=True).get("Item")
        return _kept(item) if item else None

    def of_account(self, account_id: str) -> list[ApiKey]:
        """Return an account's live keys, oldest first."""
        digests = [str(item["digest"]) for item in items_under(self.lists, list_of(account_id), "key#")]
        found = (_kept(item).key for item in read_items(self.table, [_key(digest) for digest in digests]))
        return sorted((key for key in found if key), key=lambda key: (key.made_at, key.key_id))

    def add(self, transaction: Transaction, account: Account, key: ApiKey) -> None:
        """Add a new key to a transaction, which is lost if any account has or had it."""
        transaction.put(self.table, {**_key(key.digest), **_opened(account, key)})
        self._list(transaction, account, key)

    def adopt(self, transaction: Transaction, account: Account, key: ApiKey) -> None:
        """Add to a transaction what a key lacks that an earlier Perch kept."""
        expected = {"account_id": account.account_id, "key_id": None}
        transaction.update(self.table, _key(key.digest), _opened(account, key), expected=expected)
        self._list(transaction, account, key)

    def revoke(self, transaction: Transaction, account: Account, key: ApiKey, *, at: int) -> None:
        """Add to a transaction that a key opens nothing any more. Its digest stays: never again."""
        expected = {"key_id": key.key_id, "revoked_at": None}
        transaction.update(self.table, _key(key.digest), {"revoked_at": at}, expected=expected)
        entry = {"pk": list_of(account.account_id), "sk": f"key#{key.key_id}"}
        transaction.delete(self.lists, entry, expected={"digest": key.digest})
        # Still listed as what it is, so that it is found when its account goes.
        revoked = {"pk": entry["pk"], "sk": f"revoked#{key.key_id}", "digest": key.digest}
        transaction.put(self.lists, revoked, new=False)

    def mark(self, transaction: Transaction, key: ApiKey, *, role: Role, disabled: bool) -> None:
        """Add to a transaction what a key tells of its account."""
        changes = {"role": role.value, "disabled": disabled}
        transaction.update(self.table, _key(key.digest), changes, expected={"key_id": key.key_id})

    def note_use(self, key: ApiKey, *, at: int) -> None:
        """Write down that a key was used, unless somebody else just did; a failure is no matter."""
        names, values = {"#used": "used_at"}, {":at": at}
        condition = "attribute_exists(pk) AND attribute_not_exists(#used)"
        if key.used_at is not None:
            condition, values = "#used = :seen", {**values, ":seen": key.used_at}
        self._note(key, "SET #used = :at", condition, names, values)

    def note_release(self, key: ApiKey, release: str) -> None:
        """Write down which edsl comes with a key; a failure is no matter."""
        names, values = {"#release": "release"}, {":release": release}
        self._note(key, "SET #release = :release", "attribute_exists(key_id)", names, values)

    def _note(
        self, key: ApiKey, change: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> None:
        try:
            dynamodb().Table(self.table).update_item(
                Key=_key(key.digest),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except (ClientError, BotoCoreError):
            return

    def _list(self, transaction: Transaction, account: Account, key: ApiKey) -> None:
        entry = {"pk": list_of(account.account_id), "sk": f"key#{key.key_id}", "digest": key.digest}
        transaction.put(self.lists, entry)


def _key(digest: str) -> dict[str, str]:
    return {"pk": f"key#{digest}"}


def _opened(account: Account, key: ApiKey) -> dict[str, Any]:
    """Return what lies behind a digest, without fields that have no value yet."""
    about = {"account_id": account.account_id, "role": account.role.value, "disabled": account.disabled}
    return {**about, **{name: value for name, value in to_item(key).items() if value is not None}}


def _kept(item: Mapping[str, Any]) -> KeptKey:
    return KeptKey(
        account_id=str(item["account_id"]),
        key=from_item(ApiKey, item) if "key_id" in item else None,
        role=Role(str(item.get("role", Role.MEMBER))),
        disabled=bool(item.get("disabled")),
        revoked="revoked_at" in item,
    )
