"""The job as its client sent it."""

import json

from chalicelib.domain.account import Account
from chalicelib.domain.interview import Document
from chalicelib.domain.job import Job
from chalicelib.domain.names import JobFiles
from chalicelib.services.owned import owned_job
from chalicelib.services.parts import parts


def original_job(job: Job) -> Document:
    """Return a dispatched job's document, unchanged."""
    document: Document = json.loads(parts().files.read(JobFiles(job.account_id, job.job_id).original))
    return document


def job_address(account: Account, job_id: str) -> str:
    """Return a signed address to read the job's document from.

    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    name = JobFiles(job.account_id, job.job_id).upload
    return parts().files.signed_get(name, seconds=parts().settings.signed_url_seconds)
