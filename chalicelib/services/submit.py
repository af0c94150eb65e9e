"""Take a job in: announced and uploaded, or sent inline by older clients."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.account import Account
from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.job import Job, Visibility
from chalicelib.domain.names import JobFiles
from chalicelib.domain.payload import read_payload
from chalicelib.domain.status import JobStatus
from chalicelib.releases.prepare import check_shape, prepared_model
from chalicelib.releases.release import release_of
from chalicelib.services.owned import owned_job
from chalicelib.services.parts import parts
from chalicelib.storage.transaction import LostRaceError


@dataclass(frozen=True)
class Announcement:
    """What a client says about a job before or with its payload."""

    release: str
    description: str | None
    iterations: int
    visibility: Visibility
    results_visibility: Visibility
    fresh: bool
    interview_seconds: int | None = None


def announce(account: Account, announcement: Announcement) -> tuple[Job, str]:
    """Make a job's record; return it and the signed address to which its payload is to be PUT."""
    job = _new_job(account, announcement)
    parts().jobs.add(job)
    files = JobFiles(account.account_id, job.job_id)
    address = parts().files.signed_put(files.upload, seconds=parts().settings.signed_url_seconds)
    return job, address


def uploaded(
    account: Account,
    job_id: str,
    *,
    results_description: str | None,
    interview_seconds: int | None,
) -> Job:
    """Queue a job whose payload was PUT. Said twice, it is queued once.

    Whether the payload is there and any good is the dispatcher's to find out: a client does not
    look at the status of this answer, so a refusal here would be lost (contract, section 3.1).
    """
    job = owned_job(account, job_id)
    if job.status is None:
        changes = {
            "results_description": results_description,
            "interview_seconds": interview_seconds or job.interview_seconds,
        }
        try:
            job = _queue(job, changes)
        except LostRaceError:
            job = owned_job(account, job_id)
    if job.status is JobStatus.QUEUED:
        # Also on a repetition: the first answer may have been lost before its message was sent.
        parts().jobs_queue.send([{"job_id": job.job_id}])
    return job


def submit_inline(account: Account, announcement: Announcement, payload: str) -> Job:
    """Take a job that came whole inside its request, checked at the door.

    Raises NotAnEdslJobError, TooLargeError.
    """
    chosen = parts().settings
    # A lone surrogate, which JSON can spell, is no UTF-8: it is refused like any other text that is none.
    data = payload.encode(errors="surrogatepass")
    limit = min(chosen.maximum_job_bytes, chosen.maximum_inline_bytes)
    if len(data) > limit:
        raise TooLargeError(f"The job has {len(data):,} bytes; this Perch takes {limit:,} at the most.")
    document = check_shape(read_payload(data, maximum_depth=chosen.maximum_depth))
    release = release_of(announcement.release)
    for model in document["models"]:
        prepared_model(model, release)  # refuses one of no known service
    job = _new_job(account, announcement)
    parts().files.write(JobFiles(account.account_id, job.job_id).upload, data)
    parts().jobs.add(job)
    job = _queue(job, {})
    parts().jobs_queue.send([{"job_id": job.job_id}])
    return job


def _new_job(account: Account, announcement: Announcement) -> Job:
    return Job(
        job_id=str(uuid.uuid4()),
        account_id=account.account_id,
        release=announcement.release,
        created_at=parts().clock(),
        description=announcement.description,
        iterations=announcement.iterations,
        visibility=announcement.visibility,
        results_visibility=announcement.results_visibility,
        fresh=announcement.fresh,
        interview_seconds=announcement.interview_seconds,
    )


def _queue(job: Job, changes: Mapping[str, object]) -> Job:
    happened = HistoryItem(HistoryKind.QUEUED, parts().clock(), "The job waits for its turn.")
    return parts().jobs.move(job, JobStatus.QUEUED, happened, changes=changes)
