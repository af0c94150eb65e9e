"""Accounts on their way out of their table: first what opens them, at last what they are found by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.domain.accounts import Account, email_pointer
from chalicelib.storage.accounts.lists import list_of
from chalicelib.storage.accounts.records import LIST
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import items_under, read_items, write_items
from chalicelib.storage.aws.transaction import Transaction

GONE = "gone"
NOBODY = ""


@dataclass(frozen=True)
class GoneAccount:
    """An account that has been deleted, and is looked after once more; its id means nothing any more."""

    account_id: str
    at: int
    """Milliseconds since 1970."""


@dataclass(frozen=True)
class AccountRemoval:
    """The accounts' table and that of lists; partition ``gone`` of the latter: accounts just deleted."""

    table: str
    lists: str

    def bury(self, account_id: str, *, at: int) -> None:
        """Let an account's keys, sessions and hand-overs open nothing, and nobody's name be on them.

        Of keys their digests stay, revoked: nobody is ever given one again. Raises ItemsNotWrittenError.
        """
        listed = list(items_under(self.lists, list_of(account_id)))
        digests = [str(item["digest"]) for item in listed if "digest" in item]
        stones = [{"pk": f"key#{digest}", "account_id": NOBODY, "revoked_at": at} for digest in digests]
        others = [{"pk": str(item["sk"])} for item in listed if "digest" not in item]
        # What has expired may be somebody else's by now: the same client asked for another key.
        own = [item["pk"] for item in read_items(self.table, others) if item["account_id"] == account_id]
        doomed = [*own, f"webhook#{account_id}"]
        write_items(self.table, stones, deleted=[{"pk": str(partition)} for partition in doomed])
        places = [{"pk": str(item["pk"]), "sk": str(item["sk"])} for item in listed]
        write_items(self.lists, deleted=places)

    def remove(self, account: Account, *, at: int) -> None:
        """Let an account be found no more, by anything, and note that it has gone.

        Raises LostRaceError if it was changed meanwhile.
        """
        transaction = Transaction()
        owner = {"account_id": account.account_id}
        record = {"pk": f"account#{account.account_id}"}
        transaction.delete(self.table, record, expected={"key_changes": account.key_changes})
        # An earlier Perch kept addresses as they were given.
        spelled = dict.fromkeys([email_pointer(account.email), account.email])
        pointers = [f"email#{address}" for address in spelled] + [f"username#{account.username}"]
        for item in read_items(self.table, [{"pk": pointer} for pointer in pointers]):
            if item["account_id"] == account.account_id:
                transaction.delete(self.table, {"pk": str(item["pk"])}, expected=owner)
        place = {"pk": LIST, "sk": email_pointer(account.email)}
        transaction.delete(self.lists, place, expected=owner)
        gone = GoneAccount(account.account_id, at)
        transaction.put(self.lists, {"pk": GONE, "sk": account.account_id, **to_item(gone)}, new=False)
        transaction.commit()

    def gone(self) -> Iterator[GoneAccount]:
        """Yield the accounts that have been deleted and not been looked after since."""
        for item in items_under(self.lists, GONE):
            yield from_item(GoneAccount, item)

    def forget(self, account_id: str) -> None:
        """Keep no longer that there was an account."""
        write_items(self.lists, deleted=[{"pk": GONE, "sk": account_id}])
