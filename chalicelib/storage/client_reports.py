"""What clients tell of their own machines, in the table of what expires.

Partition ``local-run#ACCOUNT`` has an item a run, ``client-error#ACCOUNT`` one an error, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError as RefusedError

from chalicelib.domain.client_reports import ClientError, LocalRun
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import delete_items, item_of, items_under, items_where, write_items


@dataclass(frozen=True)
class ClientReportStore:
    """The table that runs' own answers are in, too."""

    table: str

    def begin(self, account_id: str, run: LocalRun) -> None:
        """Keep a new run."""
        write_items(self.table, [_run_item(account_id, run)])

    def run(self, account_id: str, run_id: str) -> LocalRun | None:
        """Return a run of an account."""
        item = item_of(self.table, _runs(account_id), run_id)
        return from_item(LocalRun, item) if item else None

    def tell(self, account_id: str, run: LocalRun) -> bool:
        """Keep how a run gets on; tell whether there is such a run."""
        try:
            dynamodb().Table(self.table).put_item(
                Item=_run_item(account_id, run), ConditionExpression="attribute_exists(pk)"
            )
        except RefusedError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def add_error(self, account_id: str, error: ClientError) -> None:
        """Keep an error."""
        place = {"pk": _errors(account_id), "sk": f"{error.at:015d}#{error.error_id}"}
        write_items(self.table, [{**place, **to_item(error), **_expiry(error.kept_until)}])

    def errors(self, account_id: str, *, at_most: int) -> list[ClientError]:
        """Return the latest errors, newest first."""
        condition = Key("pk").eq(_errors(account_id))
        found = items_where(self.table, condition, newest_first=True, at_most=at_most)
        return [from_item(ClientError, item) for item in found]

    def all_errors(self, account_id: str) -> Iterator[ClientError]:
        """Yield all errors, oldest first."""
        for item in items_under(self.table, _errors(account_id)):
            yield from_item(ClientError, item)

    def all_runs(self, account_id: str) -> Iterator[LocalRun]:
        """Yield all runs that are kept."""
        for item in items_under(self.table, _runs(account_id)):
            yield from_item(LocalRun, item)

    def forget(self, account_id: str) -> None:
        """Keep nothing of an account any longer. Raises ItemsNotWrittenError."""
        for partition in (_runs(account_id), _errors(account_id)):
            delete_items(self.table, partition)


def _runs(account_id: str) -> str:
    return f"local-run#{account_id}"


def _errors(account_id: str) -> str:
    return f"client-error#{account_id}"


def _run_item(account_id: str, run: LocalRun) -> dict[str, Any]:
    return {"pk": _runs(account_id), "sk": run.run_id, **to_item(run), **_expiry(run.kept_until)}


def _expiry(at: int) -> dict[str, int]:
    return {"expires_at": at // 1000}
