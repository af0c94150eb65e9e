"""Plan a queued job's run and open its first slices."""

import json

from chalicelib.domain.capacity import INTERVIEWS_PER_CALL, calls_at_once, services_of
from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError, UnknownServiceError
from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.interview import Inspection
from chalicelib.domain.job import Job, Run
from chalicelib.domain.names import JobFiles
from chalicelib.domain.payload import read_payload
from chalicelib.domain.slice_size import slice_size
from chalicelib.domain.status import JobStatus
from chalicelib.releases.prepare import check_shape, prepare
from chalicelib.releases.release import release_of
from chalicelib.services.end import fail
from chalicelib.services.parts import parts
from chalicelib.services.wake import wake
from chalicelib.storage.files import MissingFileError
from chalicelib.storage.transaction import LostRaceError, Transaction

UNUSABLE = (NotAnEdslJobError, TooLargeError, UnknownServiceError)


def dispatch(job_id: str) -> None:
    """Start a queued job, or fail it with the reason; a job that is past that is only woken."""
    job = parts().jobs.get(job_id)
    if job is None:
        return
    if job.status is JobStatus.QUEUED:
        try:
            job = _start(job)
        except UNUSABLE as error:
            fail(job, error.detail)
            return
        except LostRaceError:
            return  # another delivery of the same message was faster, and wakes it
    if job.status is JobStatus.RUNNING:
        wake(job)


def _start(job: Job) -> Job:
    data = _read_upload(job)
    document = check_shape(read_payload(data, maximum_depth=parts().settings.maximum_depth))
    prepared = prepare(document, release_of(job.release))
    services = parts().service_table.services()
    inspection = parts().engine().inspect(prepared, services=services)
    calls = calls_at_once(services, services_of(prepared), most=parts().settings.calls_in_flight)
    run = _plan(job, inspection, calls)
    files = JobFiles(job.account_id, job.job_id)
    parts().files.write(files.original, data)
    parts().files.write(files.prepared, json.dumps(prepared).encode())
    return _open(job, run)


def _read_upload(job: Job) -> bytes:
    name = JobFiles(job.account_id, job.job_id).upload
    limit = parts().settings.maximum_job_bytes
    try:
        size = parts().files.size(name)
        if size > limit:
            raise TooLargeError(f"The job has {size:,} bytes; this Perch takes {limit:,} at the most.")
        return parts().files.read(name)
    except MissingFileError as error:
        raise NotAnEdslJobError("The job's payload never arrived. Send the job again.") from error


def _plan(job: Job, inspection: Inspection, calls: int) -> Run:
    total = inspection.combinations * job.iterations
    chosen = parts().settings
    limit = chosen.maximum_interviews
    if total > limit:
        raise TooLargeError(f"The job has {total:,} interviews; this Perch takes {limit:,} at the most.")
    if not total:
        raise NotAnEdslJobError("The job has no interviews to run: its filters or assignments leave none.")
    return Run(
        job_id=job.job_id,
        number=job.run + 1,
        total=total,
        slice_size=slice_size(
            total,
            workers_to_fill=chosen.workers_to_fill,
            smallest=chosen.smallest_slice,
            largest=min(
                chosen.slice_size,
                calls * INTERVIEWS_PER_CALL,
                max(1, chosen.calls_per_slice // max(1, inspection.questions)),
            ),
        ),
        questions=inspection.questions,
        started_at=parts().clock(),
    )


def _open(job: Job, planned: Run) -> Job:
    run, slices = planned.open(parts().settings.window)
    transaction = Transaction()
    parts().jobs.start_run(transaction, run, slices)
    happened = HistoryItem(
        HistoryKind.STARTED,
        run.started_at,
        f"{run.total:,} {'interview' if run.total == 1 else 'interviews'} to run.",
        details={"interviews": run.total, "questions": run.questions, "run": run.number},
    )
    return parts().jobs.move(
        job, JobStatus.RUNNING, happened, changes={"run": run.number}, together=transaction
    )
