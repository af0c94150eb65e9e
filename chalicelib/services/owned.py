"""Find what a caller owns. Somebody else's answers exactly as what does not exist (P7)."""

from chalicelib.domain.account import Account
from chalicelib.domain.content import Content
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.job import Job
from chalicelib.services.parts import parts


def owned_job(account: Account, job_id: str) -> Job:
    """Return a job of the account's.

    Raises NotFoundError.
    """
    job = parts().jobs.get(job_id)
    if job is None or job.account_id != account.account_id:
        raise NotFoundError(f"You have no job '{job_id}'. Check the id and whose key you use.")
    return job


def owned_content(account: Account, content_id: str) -> Content:
    """Return an object of the account's.

    Raises NotFoundError.
    """
    content = parts().contents.get(content_id)
    if content is None or content.account_id != account.account_id:
        raise NotFoundError(f"You have no object '{content_id}'. Check the id and whose key you use.")
    return content
