"""Accounts, what they are found by, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from chalicelib.domain.accounts import Account, email_pointer
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import in_batches, items_where, read_items
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

LIST = "accounts"
BEFORE_ANY, BEHIND_ANY = " ", "\U0010ffff"
"""Sort before and behind whatever an address is made of."""
AT_A_TIME = 100


@dataclass(frozen=True)
class AccountStore:
    """Partitions: ``account#ID`` the record, ``email#ADDRESS`` and ``username#NAME`` point to it,
    ``webhook#ID`` holds what its webhooks are signed with. Another table has the list of all accounts:
    partition ``accounts``, sort key the address."""

    table: str
    lists: str

    def add(self, transaction: Transaction, account: Account) -> None:
        """Add a new account to a transaction, which is lost if its address or its username is another's."""
        transaction.put(self.table, {"pk": f"account#{account.account_id}", **to_item(account)})
        address = email_pointer(account.email)
        transaction.put(self.table, {"pk": f"email#{address}", "account_id": account.account_id})
        self._name(transaction, account, account.username)
        self._list(transaction, account)

    def complete(self, transaction: Transaction, account: Account, username: str) -> None:
        """Add to a transaction what an account lacks that an earlier Perch opened: a username, a place in the
        list of accounts."""
        self._name(transaction, account, username)
        self._list(transaction, account)
        self.change(transaction, account, username=username)

    def rename(self, transaction: Transaction, account: Account, username: str) -> None:
        """Add another username to a transaction, which is lost if somebody has it."""
        self._name(transaction, account, username)
        old = {"pk": f"username#{account.username}"}
        transaction.delete(self.table, old, expected={"account_id": account.account_id})
        expected = {"username": account.username}
        transaction.update(self.table, _key(account.account_id), {"username": username}, expected=expected)

    def change(self, transaction: Transaction, account: Account, **changes: object) -> None:
        """Add a change of an account to a transaction, which is lost if its keys have changed meanwhile."""
        changed = {**changes, "key_changes": account.key_changes + 1}
        expected = {"key_changes": account.key_changes or None}
        transaction.update(self.table, _key(account.account_id), changed, expected=expected)

    def get(self, account_id: str) -> Account | None:
        """Return an account as it is now."""
        item = self._item(f"account#{account_id}")
        return from_item(Account, item) if item else None

    def by_email(self, email: str) -> Account | None:
        """Return the account of an address, however its letters are written."""
        # An earlier Perch kept addresses as they were given.
        spelled = dict.fromkeys([email_pointer(email), email])
        return self._pointed([f"email#{address}" for address in spelled])

    def by_username(self, username: str) -> Account | None:
        """Return the account that is called so."""
        return self._pointed([f"username#{username}"])

    def all(self) -> Iterator[Account]:
        """Yield all accounts in the order of their addresses; those that an earlier Perch opened once a key
        of theirs has been used."""
        for batch in in_batches(items_where(self.lists, Key("pk").eq(LIST)), AT_A_TIME):
            keys = [_key(str(item["account_id"])) for item in batch]
            found = [from_item(Account, item) for item in read_items(self.table, keys)]
            yield from sorted(found, key=lambda account: email_pointer(account.email))

    def some(self, beginning: str, *, after: str, at_most: int) -> list[Account]:
        """Return accounts whose addresses begin so, in their order, behind an address."""
        first = email_pointer(after) + BEFORE_ANY if after else email_pointer(beginning) or BEFORE_ANY
        last = email_pointer(beginning) + BEHIND_ANY
        if first > last:
            return []
        listed = items_where(self.lists, Key("pk").eq(LIST) & Key("sk").between(first, last), at_most=at_most)
        keys = [_key(str(item["account_id"])) for item in listed]
        found = [from_item(Account, item) for item in read_items(self.table, keys)]
        return sorted(found, key=lambda account: email_pointer(account.email))

    def switch(self, account_id: str, changes: Mapping[str, bool]) -> Account | None:
        """Switch some of an account's fields on or off; return it as it is then. None: there is none."""
        return self._set(account_id, changes) if changes else self.get(account_id)

    def set_time_zone(self, account_id: str, name: str) -> Account | None:
        """Keep in which time zone an account is told times; None: there is no such account."""
        return self._set(account_id, {"time_zone": name})

    def _set(self, account_id: str, changes: Mapping[str, bool | str]) -> Account | None:
        try:
            answer = (
                dynamodb()
                .Table(self.table)
                .update_item(
                    Key={"pk": f"account#{account_id}"},
                    UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames={f"#{name}": name for name in changes},
                    ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
                    ReturnValues="ALL_NEW",
                )
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return None
        return from_item(Account, answer["Attributes"])

    def webhook_secret(self, account_id: str, offered: Callable[[], str]) -> str:
        """Return what an account's webhooks are signed with: what is kept, or what is offered at first."""
        key = {"pk": f"webhook#{account_id}"}
        found = self._item(key["pk"])
        if found is None:
            found = {**key, "secret": offered()}
            transaction = Transaction()
            transaction.put(self.table, found)
            try:
                transaction.commit()
            except LostRaceError:
                found = dynamodb().Table(self.table).get_item(Key=key, ConsistentRead=True)["Item"]
        return str(found["secret"])

    def _name(self, transaction: Transaction, account: Account, username: str) -> None:
        transaction.put(self.table, {"pk": f"username#{username}", "account_id": account.account_id})

    def _list(self, transaction: Transaction, account: Account) -> None:
        item = {"pk": LIST, "sk": email_pointer(account.email), "account_id": account.account_id}
        transaction.put(self.lists, item)

    def _pointed(self, pointers: list[str]) -> Account | None:
        for pointer in pointers:
            if item := self._item(pointer):
                return self.get(str(item["account_id"]))
        return None

    def _item(self, partition: str) -> Mapping[str, Any] | None:
        table = dynamodb().Table(self.table)
        return table.get_item(Key={"pk": partition}, ConsistentRead=True).get("Item")


def _key(account_id: str) -> dict[str, str]:
    return {"pk": f"account#{account_id}"}
