"""What a run made of its account's cache, told once it has ended."""

import uuid

from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.cache.log import LogItem

ADDED = "Add new cache entries from remote inference job"
"""As Coop's pages have it."""


def tell_cache_use(transaction: Transaction, job: Job, run: Run, *, at: int) -> list[HistoryItem]:
    """Return the history items of a run's use of the cache, and add to its end what else is to be kept."""
    if not job.caching:
        return []
    deps().cache_log.note_use(transaction, job.account_id, job.job_id, run.number, at, run.cache)
    retrieved, added = run.cache.retrieved, run.cache.added
    if added:
        logged = LogItem(at=at, description=ADDED, entries=added, log_id=str(uuid.uuid4()), job_id=job.job_id)
        deps().cache_log.add_to(transaction, job.account_id, logged)
    items = []
    if retrieved:
        details = HistoryDetails(retrieved=retrieved, run=run.number)
        items.append(HistoryItem(HistoryKind.CACHE, at, f"Retrieved {retrieved} entries.", details))
    if added:
        details = HistoryDetails(added=added, run=run.number)
        items.append(HistoryItem(HistoryKind.CACHE, at, f"Added {added} entries.", details))
    return items
