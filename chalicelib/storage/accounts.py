"""Accounts and the digests of their keys."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.account import Account, key_digest
from chalicelib.storage.aws import dynamodb
from chalicelib.storage.records import from_item, to_item
from chalicelib.storage.transaction import LostRaceError, Transaction


@dataclass(frozen=True)
class AccountStore:
    """Partitions: ``account#ID`` the record, ``email#ADDRESS`` and ``key#DIGEST`` point to it."""

    table: str

    def add(self, account: Account) -> None:
        """Keep a new account.

        Raises LostRaceError if the address has one already.
        """
        transaction = Transaction()
        transaction.put(self.table, {"pk": f"account#{account.account_id}", **to_item(account)})
        transaction.put(self.table, {"pk": f"email#{account.email}", "account_id": account.account_id})
        transaction.commit()

    def give_key(self, account_id: str, key: str) -> None:
        """Let a key open an account. The key itself is not kept.

        Raises LostRaceError if another account has that key.
        """
        pointer = {"pk": f"key#{key_digest(key)}", "account_id": account_id}
        transaction = Transaction()
        transaction.put(self.table, pointer)
        try:
            transaction.commit()
        except LostRaceError:
            if self._pointed(pointer["pk"]) != account_id:
                raise

    def by_key(self, key: str) -> Account | None:
        """Return the account that a key opens."""
        return self._follow(f"key#{key_digest(key)}")

    def by_email(self, email: str) -> Account | None:
        """Return the account of an address."""
        return self._follow(f"email#{email}")

    def _follow(self, pointer: str) -> Account | None:
        account_id = self._pointed(pointer)
        if account_id is None:
            return None
        item = dynamodb().Table(self.table).get_item(Key={"pk": f"account#{account_id}"}).get("Item")
        return from_item(Account, item) if item else None

    def _pointed(self, pointer: str) -> str | None:
        item = dynamodb().Table(self.table).get_item(Key={"pk": pointer}).get("Item")
        return str(item["account_id"]) if item else None
