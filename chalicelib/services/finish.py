"""Join a run's rows and end its job honestly."""

import uuid
from collections.abc import Iterator

from chalicelib.domain.content import Content
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.history import HistoryItem, HistoryKind
from chalicelib.domain.job import Job, Run
from chalicelib.domain.names import JobFiles
from chalicelib.domain.status import JobStatus, ending
from chalicelib.services.endings import reason_of, sentence_of
from chalicelib.services.parts import parts
from chalicelib.services.results import render_results
from chalicelib.storage.transaction import LostRaceError, Transaction

KINDS = {
    JobStatus.COMPLETED: HistoryKind.COMPLETED,
    JobStatus.PARTIAL_FAILED: HistoryKind.PARTIALLY_FAILED,
    JobStatus.FAILED: HistoryKind.FAILED,
}


def finish(job_id: str, run_number: int) -> None:
    """Publish the results of a run that is recorded whole; done twice, it ends once."""
    job = parts().jobs.get(job_id)
    if job is None or job.status is not JobStatus.RUNNING or job.run != run_number:
        return
    run = parts().jobs.run(job_id, run_number)
    if run is None or not run.finished:
        return
    files = JobFiles.of(job)
    parts().files.write_stream(files.rows(run.number), _joined(job, run))
    reached(FaultPoint.ROWS_JOINED)
    content = _content(job, run)
    render_results(job, run)
    reached(FaultPoint.RESULTS_RENDERED)
    try:
        _end(job, run, content)
    except LostRaceError:
        current = parts().jobs.get(job_id)
        if current is not None and current.status is JobStatus.RUNNING:
            raise
    reached(FaultPoint.JOB_ENDED)


def _joined(job: Job, run: Run) -> Iterator[bytes]:
    files = JobFiles.of(job)
    for item in parts().jobs.recorded_slices(job.job_id, run.number):
        yield from parts().files.chunks(files.slice(run.number, item.start, item.claims))


def _content(job: Job, run: Run) -> Content:
    return Content(
        content_id=str(uuid.uuid4()),
        account_id=job.account_id,
        object_type="results",
        created_at=parts().clock(),
        visibility=job.results_visibility,
        description=job.results_description or job.description,
        job_id=job.job_id,
        run=run.number,
    )


def _end(job: Job, run: Run, content: Content) -> None:
    """Make status, history, results id and content true at once."""
    status = ending(total=run.total, good=run.good)
    transaction = Transaction()
    parts().contents.add(transaction, content)
    happened = HistoryItem(
        KINDS[status],
        parts().clock(),
        sentence_of(run),
        details={
            "interviews": run.total,
            "good": run.good,
            "with_exceptions": run.with_exceptions,
            "results_id": content.content_id,
            "run": run.number,
        },
    )
    parts().jobs.move(
        job,
        status,
        happened,
        changes={"results_id": content.content_id, "reason": reason_of(run)},
        together=transaction,
    )
