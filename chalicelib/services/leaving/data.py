"""What lies of an account beside its record, by its id alone."""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import ConflictError, NotFoundError
from chalicelib.domain.object_keys import SHARED_SCOPE, account_folders
from chalicelib.services.content import delete as contents
from chalicelib.services.deps import deps
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.leaving.jobs import delete, has_ended, jobs_of
from chalicelib.services.vault.keys import delete_all
from chalicelib.storage.job_removal import ListedJob

EVERYTHING = 0
"""A time at which no entry of a cache had expired."""


def cancel_jobs(account_id: str) -> list[ListedJob]:
    """Cancel whatever an account's jobs do; return those that have not ended yet."""
    going_on = (listed for listed in jobs_of(account_id) if not listed.status.terminal)
    return [listed for listed in going_on if not _ended(Caller(account_id), listed.job_id)]


def _ended(account: Caller, job_id: str) -> bool:
    try:
        return has_ended(cancel(account, job_id))
    except NotFoundError:
        return True  # its deletion has begun
    except ConflictError:
        job = deps().jobs.get(job_id)
        return job is None or has_ended(job)


def delete_data(account_id: str) -> int:
    """Delete an account's jobs, objects, cache, files, provider keys and reports; names in its ledger.

    Returns how many jobs that were. Raises ConflictError if one of them has not ended.
    """
    jobs = 0
    for listed in jobs_of(account_id):
        if not delete(account_id, listed):
            raise ConflictError(f"The job {listed.job_id} has not ended.")
        jobs += 1
    contents.delete_all(account_id)
    _delete_cache(account_id)
    deps().client_reports.forget(account_id)
    for folder in account_folders(account_id):
        deps().files.delete_under(folder)
    delete_all(Caller(account_id))
    deps().credits.make_anonymous(account_id)
    return jobs


def _delete_cache(account_id: str) -> None:
    """Delete an account's entries; before them shared copies that its jobs left, which are found by these."""
    keys = sorted(deps().cache.keys(account_id, now=EVERYTHING))
    deps().cache.delete_owned(SHARED_SCOPE, keys, owner=account_id)
    deps().cache.clear(account_id)
    deps().cache_log.forget(account_id)
