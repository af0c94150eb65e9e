"""Who asks how jobs stand, and whose request is held: in the jobs table.

``answered`` in a job's partition is when its client was last answered. The partition ``polls`` has an item
for each request that is held (``held#JOB``: one a job), and how many runs the sweeper counted
(``counted``). The first two expire. They are hints by which requests are held or not, and what is lost
costs a client one sleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from chalicelib.domain.jobs.polling import HeldRequest, LastAnswer, OpenRuns
from chalicelib.storage.aws.clients import condition_failed, dynamodb
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import item_of, items_where, job_partition, write_items
from chalicelib.storage.aws.transaction import LostRaceError

PARTITION = "polls"
LAST = "answered"
COUNTED = "counted"
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Polls:
    """All that is held at a moment."""

    open_runs: int
    """As the sweeper last counted them."""
    held: tuple[HeldRequest, ...]


@dataclass(frozen=True)
class PollStore:
    """The jobs table."""

    table: str

    def last_answer(self, job_id: str) -> LastAnswer | None:
        """Return when a job's client was last answered; None: it asks for the first time, or after long."""
        item = item_of(self.table, job_partition(job_id), LAST)
        return from_item(LastAnswer, item) if item else None

    def answered(self, job_id: str, answer: LastAnswer) -> None:
        """Note that a job's client is answered."""
        write_items(self.table, [_answer_item(job_id, answer)])

    def held(self, *, now: int) -> Polls:
        """Return which requests are held at a time, in one request."""
        open_runs, held = OpenRuns(0), []
        for item in items_where(self.table, Key("pk").eq(PARTITION)):
            if item["sk"] == COUNTED:
                open_runs = from_item(OpenRuns, item)
            else:
                held.append(from_item(HeldRequest, item))
        return Polls(open_runs.count, tuple(one for one in held if one.until > now))

    def hold(self, request: HeldRequest, *, now: int) -> None:
        """Note that a request is held. Raises LostRaceError if another one of its job is."""
        item = {**_held_key(request.job_id), **to_item(request), **_expiry(request.until)}
        try:
            dynamodb().meta.client.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #until <= :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":now": now},
            )
        except ClientError as error:
            if condition_failed(error):
                raise LostRaceError(request.job_id) from error
            raise

    def let_go(self, job_id: str, answer: LastAnswer | None) -> None:
        """Hold a job's request no more, and note that its client is answered, if it goes on asking."""
        items = [_answer_item(job_id, answer)] if answer else []
        write_items(self.table, items, deleted=[_held_key(job_id)])

    def count(self, open_runs: OpenRuns) -> None:
        """Note what the sweeper counted, if it is another number than before."""
        item = item_of(self.table, PARTITION, COUNTED)
        if open_runs != (from_item(OpenRuns, item) if item else OpenRuns(0)):
            write_items(self.table, [{"pk": PARTITION, "sk": COUNTED, **to_item(open_runs)}])


def _held_key(job_id: str) -> dict[str, str]:
    return {"pk": PARTITION, "sk": f"held#{job_id}"}


def _answer_item(job_id: str, answer: LastAnswer) -> dict[str, Any]:
    return {"pk": job_partition(job_id), "sk": LAST, **to_item(answer), **_expiry(answer.at)}


def _expiry(at: int) -> dict[str, int]:
    return {"expires_at": at // 1000 + KEPT_SECONDS}
