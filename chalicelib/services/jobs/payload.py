"""The job as its client sent it."""

import json

from chalicelib.domain.accounts import Caller
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps


def original_job(job: Job, *, maximum_bytes: int) -> Document | None:
    """Return a dispatched job's document, unchanged; None if it is larger than so much."""
    name = JobKeys.of(job).original
    if deps().files.size(name) > maximum_bytes:
        return None
    document: Document = json.loads(deps().files.read(name))
    return document


def job_address(account: Caller, job_id: str) -> str:
    """Return a signed address to read the job's document from.

    Raises NotFoundError.
    """
    job = owned_job(account, job_id)
    files = JobKeys.of(job)
    # Once the job was started, what was started counts, whatever its client has put there since.
    name = files.original if job.plan else files.upload
    return deps().files.signed_get(name, seconds=deps().settings.signed_url_seconds)
