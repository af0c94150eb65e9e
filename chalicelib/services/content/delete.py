"""Delete objects: first they are found no more, by anybody; then their files go; at last that there were any.

A deletion that died half-way shows nothing, and is finished by the remover. Results of a job go with what was
written down while it ran, and the job says so.
"""

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import ConflictError
from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import owned_content
from chalicelib.services.content.writing import or_conflict
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.content.removal import Pending

STILL_RUNNING = (
    "The job of these results is being run again, and builds upon them. Cancel it, or wait until it has "
    "ended; then delete them."
)
DELETED = "The results of this job were deleted."
DELETED_OF_RUN = "The results of an earlier run of this job were deleted."


def delete(account: Caller, content_id: str) -> None:
    """Delete an object of the account's. Raises NoContentError, and ConflictError for results in use."""
    content = or_conflict(lambda: _hide(owned_content(account, content_id)))
    finish(account.account_id, Pending(content.content_id, 0, content.job_id, content.run))


def finish(account_id: str, pending: Pending) -> None:
    """Delete what lies of an object that nobody finds any more."""
    _forget(pending.content_id)
    for folder in ContentKeys(account_id, pending.content_id).folders:
        deps().files.delete_under(folder)
    if pending.job_id is not None:
        _delete_results(account_id, pending.job_id, pending.run)
    deps().content_removal.end(account_id, pending.content_id)


def delete_all(account_id: str) -> None:
    """Delete all of an account's objects but their files, as if there had never been any."""
    for content_id in deps().content_index.of_account(account_id):
        _forget(content_id)
        deps().contents.delete([content_id])
    deps().content_index.note_adopted(account_id, None)
    for pending in deps().content_removal.pending(account_id):
        _forget(pending.content_id)
        deps().contents.delete([pending.content_id])
        deps().content_removal.end(account_id, pending.content_id)


def _forget(content_id: str) -> None:
    """Keep no longer which files an object names, and whom it is shared with."""
    deps().readers.forget_all(content_id)
    deps().content_index.forget_files(content_id, deps().content_index.files(content_id))


def _hide(content: Content) -> Content:
    transaction = Transaction()
    deps().contents.remove(transaction, content, unfinished_at=deps().clock())
    job = deps().jobs.get(content.job_id) if content.job_id else None
    if job is None:
        transaction.commit()
    else:
        _tell_job(job, content, transaction)
    return content


def _tell_job(job: Job, content: Content, transaction: Transaction) -> None:
    """Commit a transaction together with what its job says of its results."""
    if job.status is None or not job.status.terminal:
        raise ConflictError(STILL_RUNNING)
    newest = job.results_id in (None, content.content_id)
    changes = {"results_id": None, "results_deleted": True, "reason": DELETED} if newest else {}
    details = HistoryDetails(run=content.run, results_id=content.content_id)
    sentence = DELETED if newest else DELETED_OF_RUN
    happened = HistoryItem(HistoryKind.RESULTS_DELETED, deps().clock(), sentence, details)
    deps().jobs.note(job, happened, changes=changes, together=transaction)


def _delete_results(account_id: str, job_id: str, run: int) -> None:
    """Delete a run's rows and renderings, and with the newest ones all that workers have written down."""
    files = JobKeys(account_id, job_id)
    deps().files.delete(files.rows(run))
    deps().files.delete(files.rows_index(run))
    deps().files.delete_under(files.results_folder(run))
    deps().files.delete_under(files.table_folder(run))
    job = deps().jobs.get(job_id)
    if job is None or not job.results_deleted:
        return  # error reports and later runs still read what was written down
    deps().responses.delete(job_id, deps().job_removal.traces(job_id).slices)
    for number in range(1, job.run + 1):
        for folder in files.work_folders(number):
            deps().files.delete_under(folder)
