"""Find what a caller owns. Somebody else's answers exactly as what does not exist (P7)."""

from collections.abc import Callable, Collection
from typing import TypeVar

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.access import may_read
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import ConflictError, NoContentError, NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.logs.context import note
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LOST_RACES, LostRaceError, retry_on_lost_race

TRIES = 50
LONGEST_NAME = 150
"""Of what is told back to whoever has sent it."""
Result = TypeVar("Result")


def owned_job(account: Caller, job_id: str) -> Job:
    """Return a job of the account's.

    Raises NotFoundError.
    """
    job = deps().jobs.get(job_id)
    if job is None or job.account_id != account.account_id:
        raise NotFoundError(f"You have no job '{job_id}'. Check the id and whose key you use.")
    note(job=job_id)
    return job


def change_owned(account: Caller, job_id: str, change: Callable[[Job], Job]) -> Job:
    """Change a job of the account's; where it moved on meanwhile, look again what can be done.

    Raises NotFoundError, ConflictError.
    """
    return or_conflict(
        lambda: change(owned_job(account, job_id)), "The job is changing at this moment. Try again."
    )


def or_conflict(attempt: Callable[[], Result], detail: str, *, tries: int = LOST_RACES) -> Result:
    """Return what an attempt comes to that reads and then writes, made anew where others were first.

    Raises ConflictError, with this detail, if others stay in the way.
    """
    try:
        return retry_on_lost_race(attempt, tries=tries)
    except LostRaceError as error:
        raise ConflictError(detail) from error


def unless_changed(job: Job, attempt: Callable[[], Result]) -> Result:
    """Return what an attempt comes to that changes a job, among other things.

    It is made again where the others were in its way: all of an account's jobs enter into one ledger.
    Raises LostRaceError if the job itself was changed.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except LostRaceError:
            current = deps().jobs.get(job.job_id)
            if current is None or (current.status, current.history_count) != (job.status, job.history_count):
                raise
    return attempt()


def owned_content(account: Caller, content_id: str) -> Content:
    """Return an object of the account's.

    Raises NoContentError.
    """
    content = deps().contents.get(content_id)
    if content is None or content.account_id != account.account_id:
        raise no_content(content_id)
    return content


def readable_content(account: Caller, content_id: str) -> Content:
    """Return an object that the account may read, if there is anything to read yet.

    For one that is not there as many looks are made as for somebody else's. Raises NoContentError.
    """
    content = deps().contents.get(content_id)
    if content is not None and may_read(content, account.account_id):
        return content
    shared = is_shared_with(account, content_id)
    if content is None or not may_read(content, account.account_id, shared=shared):
        raise no_content(content_id)
    return content


def readable_of(account: Caller, contents: Collection[Content]) -> list[Content]:
    """Return those of some objects that the account may read."""
    closed = [one.content_id for one in contents if not may_read(one, account.account_id)]
    reader = deps().accounts.get(account.account_id) if closed else None
    shared = deps().readers.among(closed, reader.email) if reader else set()
    return [one for one in contents if one.content_id not in closed or one.content_id in shared]


def is_shared_with(account: Caller, content_id: str) -> bool:
    """Tell whether an object's owner has shared it with the account's address."""
    reader = deps().accounts.get(account.account_id)
    return reader is not None and deps().readers.has(content_id, reader.email)


def no_content(name: str) -> NoContentError:
    """Return what is said of an object that is not there, or not for the caller to read."""
    return NoContentError(
        f"There is no object '{name[:LONGEST_NAME]}', or it is not shared with you. "
        "Check the name and whose key you use."
    )
