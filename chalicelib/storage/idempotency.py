"""First answers of requests that came with a key: ``idempotency#ACCOUNT#KEY`` in the jobs table.

Beside each, ``asked#KEY`` in the job's partition: what is to go with the job.

They, the limits of providers and what ``polls`` keeps are the only items of that table with ``expires_at``,
by which DynamoDB deletes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.jobs.idempotency import FirstAnswer
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import item_of, items_under, job_partition, read_items, write_items
from chalicelib.storage.aws.transaction import Transaction

ASKED = "asked#"


@dataclass(frozen=True)
class IdempotencyStore:
    """The jobs table, so that a first answer is kept together with what it was about."""

    table: str

    def get(self, account_id: str, key: str) -> FirstAnswer | None:
        """Return an account's first answer for a key, even one that has expired."""
        keys = _keys(account_id, key)
        item = item_of(self.table, keys["pk"], keys["sk"])
        return from_item(FirstAnswer, item) if item else None

    def keep(
        self,
        transaction: Transaction,
        account_id: str,
        key: str,
        answer: FirstAnswer,
        *,
        over: FirstAnswer | None,
    ) -> None:
        """Add a first answer to a transaction, over an expired one if there is one.

        The transaction is lost if another request has kept one meanwhile.
        """
        item = {**_keys(account_id, key), **to_item(answer)}
        if over is None:
            transaction.put(self.table, item)
        else:
            transaction.replace(self.table, item, expected={"expires_at": over.expires_at})
        asked = {"pk": job_partition(answer.job_id), "sk": f"{ASKED}{key}"}
        transaction.put(self.table, asked, new=False)

    def forget_job(self, account_id: str, job_id: str) -> None:
        """Keep no first answer any longer that is about a job. Raises ItemsNotWrittenError."""
        asked = items_under(self.table, job_partition(job_id), ASKED)
        keys = [_keys(account_id, str(item["sk"]).removeprefix(ASKED)) for item in asked]
        found = (item for item in read_items(self.table, keys) if item["job_id"] == job_id)
        write_items(self.table, deleted=[{"pk": str(item["pk"]), "sk": str(item["sk"])} for item in found])


def _keys(account_id: str, key: str) -> dict[str, str]:
    return {"pk": f"idempotency#{account_id}#{key}", "sk": "first"}
