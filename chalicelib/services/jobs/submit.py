"""Take a job in: announced and uploaded, or sent inline by older clients."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.accounts import Caller, KeyHolder
from chalicelib.domain.alerts.alert import AlertsWanted
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.errors import ReleaseRefusedError
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.idempotency import IdempotencyKey
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.status import JobStatus
from chalicelib.logs.context import correlation_id, note
from chalicelib.releases.prepare import prepared_model
from chalicelib.releases.release import release_of
from chalicelib.services.access import or_conflict, owned_job
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.accounts.releases import note_release
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import send_job
from chalicelib.services.job_files.inline import read_inline
from chalicelib.services.jobs.idempotency import once
from chalicelib.storage.aws.transaction import Transaction


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
    alerts: AlertsWanted | None = None


def announce(
    account: Caller, announcement: Announcement, *, idempotency_key: IdempotencyKey | None = None
) -> tuple[Job, str]:
    """Make a job's record; return it and the signed address to which its payload is to be PUT.

    Of a repeated request, the job of the first, as it was answered then, and a fresh address.
    Raises KeyReusedError.
    """
    note_release(account, announcement.release)
    made = _new_job(account, announcement)
    first = once(
        account, idempotency_key, made.job_id, lambda together: deps().jobs.add(made, together=together)
    )
    job = made if first == made.job_id else replace(owned_job(account, first), status=None)
    files = JobKeys(account.account_id, job.job_id)
    address = deps().files.signed_put(files.upload, seconds=deps().settings.signed_url_seconds)
    return job, address


def uploaded(
    account: Caller,
    job_id: str,
    *,
    results_description: str | None,
    interview_seconds: int | None,
) -> Job:
    """Queue a job whose payload was PUT. Said twice, it is queued once.

    Whether the payload is there and any good is the dispatcher's to find out: a client does not
    look at the status of this answer, so a refusal here would be lost (client contract, section 3.1).
    """
    job = owned_job(account, job_id)
    changes = {
        "results_description": results_description,
        "interview_seconds": interview_seconds or job.interview_seconds,
    }
    return _queued(account, job, changes)


def submit_inline(
    account: Caller,
    announcement: Announcement,
    payload: str,
    *,
    idempotency_key: IdempotencyKey | None = None,
) -> Job:
    """Take a job that came whole inside its request, checked at the door; return it as it is queued.

    Of a repeated request, the job of the first. Raises NotAnEdslJobError, TooLargeError, KeyReusedError,
    ReleaseRefusedError.
    """
    release = release_of(announcement.release)
    if release.refusal:
        raise ReleaseRefusedError(release.refusal)
    data, document = read_inline(payload, done="takes")
    for model in document["models"]:
        prepared_model(model, release)  # refuses one of no known service
    note_release(account, announcement.release)
    made = _new_job(account, announcement)

    def write(together: Transaction) -> None:
        deps().files.write(JobKeys(account.account_id, made.job_id).upload, data)
        deps().jobs.add(made, together=together)

    first = once(account, idempotency_key, made.job_id, write)
    # Also on a repetition: the first request's function may have died before it was queued.
    job = _queued(account, made if first == made.job_id else owned_job(account, first), {})
    return replace(job, status=JobStatus.QUEUED)


def _new_job(account: Caller, announcement: Announcement) -> Job:
    job_id = str(uuid.uuid4())
    note(job=job_id)
    return Job(
        job_id=job_id,
        correlation_id=correlation_id(),
        account_id=account.account_id,
        key_id=account.key.key_id if isinstance(account, KeyHolder) else "",
        release=announcement.release,
        created_at=deps().clock(),
        description=announcement.description,
        iterations=announcement.iterations,
        visibility=announcement.visibility,
        results_visibility=announcement.results_visibility,
        fresh=announcement.fresh,
        caching=account_of(account).remote_caching,
        interview_seconds=announcement.interview_seconds,
        alerts=announcement.alerts,
    )


def _queued(account: Caller, job: Job, changes: Mapping[str, object]) -> Job:
    """Queue a job that is not queued yet; return it as it is then. Raises ConflictError."""
    fresh = iter([job])

    def attempt() -> Job:
        found = next(fresh, None) or owned_job(account, job.job_id)
        if found.status is not None:
            return found  # somebody else queued it
        happened = HistoryItem(HistoryKind.QUEUED, deps().clock(), "The job waits for its turn.")
        return deps().jobs.move(found, JobStatus.QUEUED, happened, changes=changes)

    job = or_conflict(
        attempt, "The job could not be queued at this moment. Say once more that it is uploaded."
    )
    if job.status is JobStatus.QUEUED:
        # Also on a repetition: the first answer may have been lost before its message was sent.
        send_job(job)
    return job
