"""Alerts that are not delivered yet: an outbox in the jobs table.

Partition ``alert#JOB`` holds a job's alerts by ending and channel. Each has a mark in one of a few
partitions of their own, sorted by when the sweeper is to look at it: it reads only what is due.
Both go when the alert has been delivered or given up; what remains is in the job's history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from boto3.dynamodb.conditions import Key

from chalicelib.domain.alerts.alert import Alert
from chalicelib.domain.jobs.job import Job
from chalicelib.storage.aws.items import from_item, to_item
from chalicelib.storage.aws.tables import (
    item_of,
    items_under,
    items_where,
    shard_of,
    shards_from,
    write_items,
)
from chalicelib.storage.aws.transaction import Transaction


def raise_alerts(transaction: Transaction, table: str, ended: Job) -> None:
    """Add the alerts that a job's ending calls for to the transaction that makes it true."""
    for alert in ended.raised_alerts():
        transaction.put(table, _item(alert))
        transaction.put(table, _mark(alert))


@dataclass(frozen=True)
class DueAlert:
    """The name of an alert that the sweeper is to look at."""

    job_id: str
    ending: int
    channel: str


@dataclass(frozen=True)
class AlertStore:
    """The outbox."""

    table: str

    def get(self, job_id: str, ending: int, channel: str) -> Alert | None:
        """Return an alert that is not delivered yet."""
        key = _key(job_id, ending, channel)
        item = item_of(self.table, key["pk"], key["sk"])
        return from_item(Alert, item) if item else None

    def change(self, before: Alert, after: Alert) -> Alert:
        """Write down how an alert stands; return it as it is then.

        Raises LostRaceError if somebody else has changed it meanwhile, or it is done.
        """
        changed = replace(after, version=before.version + 1)
        transaction = Transaction()
        transaction.replace(self.table, _item(changed), expected={"version": before.version})
        if _mark_key(changed) != _mark_key(before):
            transaction.delete(self.table, _mark_key(before), expected={})
            transaction.put(self.table, _mark(changed))
        transaction.commit()
        return changed

    def conclude(self, alert: Alert, transaction: Transaction) -> None:
        """Take an alert out, together with the writes that tell how it went: once.

        Raises LostRaceError if somebody else has changed it meanwhile, or concluded it.
        """
        key = _key(alert.job_id, alert.ending, alert.channel)
        transaction.delete(self.table, key, expected={"version": alert.version})
        transaction.delete(self.table, _mark_key(alert), expected={})
        transaction.commit()

    def forget(self, job_id: str) -> None:
        """Take out a job's alerts undelivered. Raises ItemsNotWrittenError."""
        found = [from_item(Alert, item) for item in items_under(self.table, _partition(job_id))]
        keys = [(_mark_key(alert), _key(job_id, alert.ending, alert.channel)) for alert in found]
        # Marks first: without its alert nobody would find one any more.
        write_items(self.table, deleted=[mark for mark, _ in keys])
        write_items(self.table, deleted=[key for _, key in keys])

    def due(self, now: int, *, first: int = 0) -> Iterator[DueAlert]:
        """Return the alerts that are to be looked at by now, partition by partition from one on."""
        for shard in shards_from(first):
            condition = Key("pk").eq(f"alerts#{shard}") & Key("sk").lt(f"{now + 1:015d}")
            for item in items_where(self.table, condition):
                yield from_item(DueAlert, item)


def _key(job_id: str, ending: int, channel: str) -> dict[str, str]:
    return {"pk": _partition(job_id), "sk": f"{ending:06d}#{channel}"}


def _partition(job_id: str) -> str:
    return f"alert#{job_id}"


def _item(alert: Alert) -> dict[str, Any]:
    return {**_key(alert.job_id, alert.ending, alert.channel), **to_item(alert)}


def _mark_key(alert: Alert) -> dict[str, str]:
    name = f"{alert.job_id}#{alert.ending:06d}#{alert.channel}"
    return {"pk": f"alerts#{shard_of(alert.job_id)}", "sk": f"{alert.look_at:015d}#{name}"}


def _mark(alert: Alert) -> dict[str, Any]:
    return {**_mark_key(alert), **to_item(DueAlert(alert.job_id, alert.ending, alert.channel))}
