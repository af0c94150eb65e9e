"""Accounts and the digests of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from chalicelib.domain.accounts import Account, Caller, Session, key_digest
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.transaction import LostRaceError, Transaction


@dataclass(frozen=True)
class AccountStore:
    """Partitions: ``account#ID`` the record, ``email#ADDRESS`` and ``key#DIGEST`` point to it,
    ``session#DIGEST`` a browser's session, ``webhook#ID`` holds what its webhooks are signed with."""

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

    def by_key(self, key: str) -> Caller | None:
        """Return whose account a key opens."""
        account_id = self._pointed(f"key#{key_digest(key)}")
        return Caller(account_id) if account_id else None

    def begin_session(self, token: str, session: Session) -> None:
        """Keep a new session; the token itself is not kept."""
        item = {"pk": f"session#{key_digest(token)}", **to_item(session)}
        dynamodb().Table(self.table).put_item(Item=item)

    def session(self, token: str, *, now: int) -> Session | None:
        """Return the session of a token, unless it is over or its key opens its account no more.

        ``now`` is in seconds since 1970.
        """
        key = {"pk": f"session#{key_digest(token)}"}
        item = dynamodb().Table(self.table).get_item(Key=key).get("Item")
        if not item:
            return None
        found = from_item(Session, item)
        alive = found.expires_at > now and self._pointed(f"key#{found.key}") == found.account_id
        return found if alive else None

    def end_session(self, token: str) -> None:
        """Forget a session, if it is there."""
        dynamodb().Table(self.table).delete_item(Key={"pk": f"session#{key_digest(token)}"})

    def get(self, account_id: str) -> Account | None:
        """Return an account."""
        item = dynamodb().Table(self.table).get_item(Key={"pk": f"account#{account_id}"}).get("Item")
        return from_item(Account, item) if item else None

    def by_email(self, email: str) -> Account | None:
        """Return the account of an address."""
        account_id = self._pointed(f"email#{email}")
        return self.get(account_id) if account_id else None

    def switch(self, account_id: str, changes: Mapping[str, bool]) -> Account | None:
        """Switch some of an account's fields on or off; return it as it is then. None: there is none."""
        if not changes:
            return self.get(account_id)
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
        table = dynamodb().Table(self.table)
        found = table.get_item(Key=key, ConsistentRead=True).get("Item")
        if found is None:
            found = {**key, "secret": offered()}
            transaction = Transaction()
            transaction.put(self.table, found)
            try:
                transaction.commit()
            except LostRaceError:
                found = table.get_item(Key=key, ConsistentRead=True)["Item"]
        return str(found["secret"])

    def _pointed(self, pointer: str) -> str | None:
        item = dynamodb().Table(self.table).get_item(Key={"pk": pointer}).get("Item")
        return str(item["account_id"]) if item else None
