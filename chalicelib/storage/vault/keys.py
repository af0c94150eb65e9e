"""The vault: providers' keys of accounts, as KMS and AES have encrypted them.

A partition an account: ``key#ID`` a key that it has given, ``lent#ID`` what it has of one that is shared with
it, ``changes`` how often there came a key or went one. Whether a key is shared with somebody is for the key
itself to say; what its borrower has is written and deleted together with that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.providers.account_keys import LentKey, ProviderKey
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import delete_items, item_of, items_under, read_items
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

KEY, LENT, CHANGES = "key#", "lent#", "changes"


@dataclass(frozen=True)
class Contents:
    """What an account has in the vault."""

    keys: tuple[ProviderKey, ...] = ()
    lent: tuple[LentKey, ...] = ()
    changes: int = 0


@dataclass(frozen=True)
class VaultStore:
    """The vault's table. Whatever writes raises LostRaceError if somebody else wrote meanwhile."""

    table: str

    def contents(self, account_id: str) -> Contents:
        """Return all that an account has, as it is now."""
        keys: list[ProviderKey] = []
        lent: list[LentKey] = []
        changes = 0
        for item in items_under(self.table, account_id):
            if item["sk"] == CHANGES:
                changes = int(item["changes"])
            elif str(item["sk"]).startswith(KEY):
                keys.append(from_item(ProviderKey, item))
            else:
                lent.append(from_item(LentKey, item))
        return Contents(tuple(keys), tuple(lent), changes)

    def key(self, account_id: str, key_id: str) -> ProviderKey | None:
        """Return a key that an account has given."""
        item = item_of(self.table, account_id, KEY + key_id)
        return from_item(ProviderKey, item) if item else None

    def lent(self, account_id: str, key_id: str) -> LentKey | None:
        """Return what an account has of a key that is shared with it."""
        item = item_of(self.table, account_id, LENT + key_id)
        return from_item(LentKey, item) if item else None

    def keys_of(self, lent: Iterable[LentKey]) -> dict[str, ProviderKey]:
        """Return the keys that some accounts have shared, by their ids; those that are gone are left out."""
        names = [{"pk": each.owner_id, "sk": KEY + each.key_id} for each in lent]
        found = (from_item(ProviderKey, item) for item in read_items(self.table, names))
        return {key.key_id: key for key in found}

    def add(self, key: ProviderKey, found: Contents) -> None:
        """Keep a new key of an account whose contents were just these."""
        transaction = Transaction()
        transaction.put(self.table, self._key_item(key))
        self._count(transaction, key.account_id, found)
        transaction.commit()

    def change(self, key: ProviderKey) -> ProviderKey:
        """Write a key over itself as it was found; return it as it is then."""
        transaction = Transaction()
        changed = self._replace(transaction, key)
        transaction.commit()
        return changed

    def note_use(self, key: ProviderKey, *, at: int) -> None:
        """Write down that a key was used; a failure is no matter."""
        with contextlib.suppress(LostRaceError, ClientError, BotoCoreError):
            self._note(key, {"used_at": at})

    def note_failure(self, key: ProviderKey, *, at: int, failure: str) -> None:
        """Write down that a key was refused in a run; a failure to do so is no matter."""
        with contextlib.suppress(LostRaceError, ClientError, BotoCoreError):
            self._note(key, {"failed_at": at, "failure": failure})

    def note_trial(self, key: ProviderKey, *, at: int, trouble: str) -> None:
        """Write down how a key's trial ended, or that it begins, unless another one just has begun."""
        self._note(key, {"tried_at": at, "trouble": trouble}, expected={"tried_at": key.tried_at})

    def _note(
        self, key: ProviderKey, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> None:
        """Change what is no part of a key's version: who changes the key goes before it."""
        transaction = Transaction()
        name = {"pk": key.account_id, "sk": KEY + key.key_id}
        transaction.update(self.table, name, changes, expected=expected or {})
        transaction.commit()

    def change_lent(self, lent: LentKey) -> None:
        """Write over it what an account has of a shared key."""
        transaction = Transaction()
        item = {"pk": lent.account_id, "sk": LENT + lent.key_id, **to_item(lent)}
        transaction.replace(self.table, item, expected={"lent_at": lent.lent_at})
        transaction.commit()

    def remove(self, key: ProviderKey) -> None:
        """Forget a key, for all that it is shared with, too."""
        transaction = Transaction()
        name = {"pk": key.account_id, "sk": KEY + key.key_id}
        transaction.delete(self.table, name, expected={"version": key.version})
        for borrower in key.shared_with:
            self._take_back(transaction, borrower.account_id, key.key_id)
        transaction.commit()

    def forget(self, account_id: str) -> None:
        """Forget whatever is left of an account that has no keys any more."""
        delete_items(self.table, account_id)

    def lend(self, key: ProviderKey, lent: LentKey, found: Contents) -> ProviderKey:
        """Share a key with an account whose contents were just these; ``key`` says so already."""
        transaction = Transaction()
        changed = self._replace(transaction, key)
        item = {"pk": lent.account_id, "sk": LENT + lent.key_id, **to_item(lent)}
        transaction.put(self.table, item)
        self._count(transaction, lent.account_id, found)
        transaction.commit()
        return changed

    def take_back(self, key: ProviderKey, account_id: str) -> ProviderKey:
        """Share a key with an account no more; ``key`` says so already."""
        transaction = Transaction()
        changed = self._replace(transaction, key)
        self._take_back(transaction, account_id, key.key_id)
        transaction.commit()
        return changed

    def _replace(self, transaction: Transaction, key: ProviderKey) -> ProviderKey:
        changed = replace(key, version=key.version + 1)
        transaction.replace(self.table, self._key_item(changed), expected={"version": key.version})
        return changed

    def _take_back(self, transaction: Transaction, account_id: str, key_id: str) -> None:
        transaction.delete(self.table, {"pk": account_id, "sk": LENT + key_id}, expected={})

    def _count(self, transaction: Transaction, account_id: str, found: Contents) -> None:
        """Have the transaction lost if the account's contents have grown since they were found."""
        item = {"pk": account_id, "sk": CHANGES, "changes": found.changes + 1}
        if found.changes:
            transaction.replace(self.table, item, expected={"changes": found.changes})
        else:
            transaction.put(self.table, item)

    def _key_item(self, key: ProviderKey) -> Mapping[str, Any]:
        fields = {name: value for name, value in to_item(key).items() if value is not None}
        return {"pk": key.account_id, "sk": KEY + key.key_id, **fields}
