"""Join a run's rows and end its job honestly."""

import uuid

from chalicelib.domain.content.content import Content
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.history import HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import INSUFFICIENT_FUNDS, Job
from chalicelib.domain.runs.paid_by import paid_by, paid_sentence
from chalicelib.domain.runs.run import Run, RunEnd, Standing
from chalicelib.domain.runs.sentences import consumed_sentence, ended_sentence, reason_of
from chalicelib.domain.status import AT_WORK, JobStatus, ending
from chalicelib.releases.release import release_of
from chalicelib.services.about import note_job
from chalicelib.services.access import unless_changed
from chalicelib.services.alerts.send import announce_end
from chalicelib.services.cache.story import tell_cache_use
from chalicelib.services.credits import accuracy
from chalicelib.services.credits.holds import settle
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import wake_finalizer
from chalicelib.services.filestore import own_files
from chalicelib.services.finishing.merge import join
from chalicelib.services.results.results import render_results
from chalicelib.services.results.table_files import make_table
from chalicelib.services.vault.use import note_failures
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

KINDS = {
    JobStatus.COMPLETED: HistoryKind.COMPLETED,
    JobStatus.PARTIAL_FAILED: HistoryKind.PARTIALLY_FAILED,
    JobStatus.FAILED: HistoryKind.FAILED,
    JobStatus.CANCELLED: HistoryKind.CANCELLED,
}
CLOSING_SECONDS = 1
"""How soon to look again whether a cancelled run has come to rest."""


def finish(job_id: str, run_number: int) -> None:
    """Publish the results of a run that is recorded whole, or cancelled; done twice, it ends once."""
    job = deps().jobs.get(job_id)
    if job is None or job.status not in AT_WORK or job.run != run_number:
        return
    note_job(job)
    run = deps().runs.get(job_id, run_number)
    if run is None:
        return
    if job.status is JobStatus.CANCELLING:
        closed = _closed(run)
        if closed is None:
            wake_finalizer(job, run, delay_seconds=CLOSING_SECONDS)
            return
        run = closed
    elif not run.finished:
        return
    standing = join(job, run)
    reached(FaultPoint.ROWS_JOINED)
    try:
        content = _publish(job, run, standing)
        ended = unless_changed(job, lambda: _end(job, run, standing, content))
    except LostRaceError:
        current = deps().jobs.get(job_id)
        if current is not None and current.status in AT_WORK:
            raise
        return
    reached(FaultPoint.JOB_ENDED)
    announce_end(ended)
    accuracy.note(run)
    note_failures(job.account_id, run)
    if content is not None:
        make_table(content, ended)


def _closed(run: Run) -> Run | None:
    """Return a cancelled run once nothing more can be recorded of it; None while somebody works on it.

    Whoever holds a slice has noticed within seconds; a holder that died is awaited for its lease.
    """
    if run.closed:
        return run
    now = deps().clock()
    opened = deps().runs.open_slices(run.job_id, run.number)
    if any(item.lease_until > now for item in opened):
        return None
    try:
        return deps().runs.close(run)
    except LostRaceError:
        return None


def _publish(job: Job, run: Run, standing: Standing) -> Content | None:
    """Write down the results of what is recorded; None if that is nothing."""
    if not standing.recorded:
        return None
    own = release_of(job.release)
    named = render_results(job, run.number, own, with_exceptions=standing.with_exceptions > 0)
    content_id = str(uuid.uuid4())
    if named:
        deps().content_index.name_files(content_id, own_files(job.account_id, named))
    reached(FaultPoint.RESULTS_RENDERED)
    return Content(
        content_id=content_id,
        account_id=job.account_id,
        object_type="results",
        created_at=deps().clock(),
        visibility=job.results_visibility,
        description=job.results_description or job.description,
        job_id=job.job_id,
        run=run.number,
        release=job.release,
    )


def _end(job: Job, run: Run, standing: Standing, content: Content | None) -> Job:
    """Make status, history, charge, run's end, results id and content true at once; return the ended job."""
    now = deps().clock()
    results_id = content.content_id if content else None
    transaction = Transaction()
    settled = settle(transaction, job, run)
    cause = None
    if job.status is JobStatus.CANCELLING:
        status, sentence = JobStatus.CANCELLED, consumed_sentence(settled.cost)
        reason: str | None = sentence
    else:
        status = ending(total=standing.total, good=standing.good, valid=standing.answers.valid)
        sentence = ended_sentence(run, standing)
        reason = sentence if run.short else reason_of(standing)
        cause = INSUFFICIENT_FUNDS if run.short else None
    if content:
        deps().contents.add(transaction, content)
    happened = HistoryItem(
        KINDS[status],
        now,
        sentence + paid_sentence(settled),
        details={
            "interviews": standing.total,
            "good": standing.good,
            "with_exceptions": standing.with_exceptions,
            "units": settled.cost,
            "sources": paid_by(settled),
            "results_id": results_id,
            "run": run.number,
        },
    )
    deps().runs.end(transaction, settled, RunEnd(status, now, results_id, standing))
    before = tell_cache_use(transaction, job, run, at=now)
    changes = {"results_id": results_id, "reason": reason, "cause": cause}
    return deps().jobs.move(job, status, happened, before=before, changes=changes, together=transaction)
