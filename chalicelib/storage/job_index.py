"""Which jobs an account has, in the order of their making, with what they are searched by.

Partition ``account#ID`` of the jobs table, sort key ``CREATED_AT#JOB``: one small item a job, written in the
same transaction as the job itself and each change of its status. So a search reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.query import JobQuery
from chalicelib.domain.status import JobStatus
from chalicelib.storage.aws.listing import Found, listed
from chalicelib.storage.aws.tables import items_where

SEARCHED_CHARACTERS = 1000
"""Of a description."""
LATEST = 10**15 - 1
"""No time is written with more digits."""


def index_item(job: Job) -> dict[str, Any]:
    """Return what is kept of a job in its account's index."""
    words = f"{job.job_id} {(job.description or '')[:SEARCHED_CHARACTERS]}"
    return {
        "pk": account_partition(job.account_id),
        "sk": f"{job.created_at:015d}#{job.job_id}",
        # One that waits for its upload is told as queued, so it is to be found as that.
        "status": (job.status or JobStatus.QUEUED).value,
        "words": words.casefold(),
    }


def find_jobs(table: str, account_id: str, query: JobQuery, *, at_most: int | None = None) -> Iterator[Found]:
    """Yield an account's jobs, as many at a time as one request brings.

    ``at_most`` is how many will be wanted, if that is known.
    """
    return listed(
        table,
        account_partition(account_id),
        condition=None if query.everything else _filter(query),
        ascending=query.ascending,
        at_most=at_most,
        between=_times(query),
    )


def count_jobs(table: str, account_id: str, *, at_most: int) -> int:
    """Return how many jobs an account has, looking no further than so many."""
    return sum(
        1 for _ in items_where(table, Key("pk").eq(account_partition(account_id)), ("sk",), at_most=at_most)
    )


def account_partition(account_id: str) -> str:
    """Return where an account's jobs are listed."""
    return f"account#{account_id}"


def _times(query: JobQuery) -> tuple[str, str] | None:
    """Return between which sort keys a query's jobs are: each begins with a time."""
    if query.made_from is None and query.made_before is None:
        return None
    latest = LATEST if query.made_before is None else query.made_before
    return f"{query.made_from or 0:015d}", f"{latest:015d}"


def _filter(query: JobQuery) -> ConditionBase:
    conditions: list[ConditionBase] = []
    if query.statuses:
        conditions.append(Attr("status").is_in(sorted(status.value for status in query.statuses)))
    if query.words:
        conditions.append(Attr("words").contains(query.words.casefold()))
    return reduce(and_, conditions)
