"""End a job that cannot go on."""

from collections.abc import Sequence

from chalicelib.domain.jobs.history import HistoryDetails, HistoryItem, HistoryKind
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.paid_by import paid_by, paid_sentence
from chalicelib.domain.runs.sentences import consumed_sentence
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.access import unless_changed
from chalicelib.services.alerts.send import announce_end
from chalicelib.services.cache.story import tell_cache_use
from chalicelib.services.credits.holds import settle
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import LostRaceError, Transaction


def fail(job: Job, reason: str, *, cause: str | None = None, before: Sequence[HistoryItem] = ()) -> None:
    """Fail a job with a reason in plain words; a job that has ended already stays as it is.

    ``cause`` is the same in a word for programs; ``before`` is what its history tells before that.
    """
    try:
        ended = end_as(job, JobStatus.FAILED, HistoryKind.FAILED, reason, cause=cause, before=before)
    except LostRaceError:
        current = deps().jobs.get(job.job_id)
        if current is not None and not (current.status and current.status.terminal):
            raise
        return
    announce_end(ended)


def end_as(
    job: Job,
    status: JobStatus,
    kind: HistoryKind,
    reason: str,
    *,
    cause: str | None = None,
    before: Sequence[HistoryItem] = (),
) -> Job:
    """End a job whose run, if it has one, is what it is, and charge that. Raises LostRaceError."""

    def attempt() -> Job:
        now, told, paid = deps().clock(), reason, ""
        details: HistoryDetails = {}
        transaction, told_before = Transaction(), list(before)
        run = deps().runs.get(job.job_id, job.run) if job.status in AT_WORK else None
        if run is not None:
            settled = settle(transaction, job, run)
            deps().runs.change(transaction, run, settled)
            paid, details = paid_sentence(settled), {"sources": paid_by(settled)}
            told_before += tell_cache_use(transaction, job, run, at=now)
            if status is JobStatus.CANCELLED:
                told = f"{consumed_sentence(settled.cost)} {reason}"
        sentence = f"{cause.capitalize()}. {told}." if cause else told
        happened = HistoryItem(kind, now, sentence + paid, details={**details, "reason": told})
        changes = {"reason": told, "cause": cause}
        return deps().jobs.move(
            job, status, happened, before=told_before, changes=changes, together=transaction
        )

    return unless_changed(job, attempt)
