"""Send the messages that a run needs, each as its account's.

A message may be lost between the write that calls for it and its sending (a crash). Whoever is woken
again, and the sweeper, send it again; a message too many does no harm (P2).
"""

from collections.abc import Iterable

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.logs.context import marked
from chalicelib.services.deps import deps
from chalicelib.services.turns import note_waiting


def send_job(job: Job) -> None:
    """Have the dispatcher start a queued job; ``run`` tells which of its beginnings this is about."""
    message = marked({"job_id": job.job_id, "run": job.run}, job.correlation_id)
    deps().jobs_queue.send([message], group=job.account_id)


def send_slices(job: Job, opened: Iterable[Slice]) -> None:
    """Have workers run slices of a job."""
    slices = list(opened)
    if slices:
        note_waiting(job, slices)
        _send(job, slices)


def look_again(job: Job, found: Slice) -> None:
    """Have a slice that somebody holds looked at again when that one's lease has ended.

    A new message, for this one must not become a dead letter by being handed back each time.
    """
    seconds = max(0, found.lease_until - deps().clock()) // 1000 + 1
    _send(job, [found], delay_seconds=seconds)


def _send(job: Job, slices: Iterable[Slice], *, delay_seconds: int = 0) -> None:
    messages = [
        marked({"job_id": item.job_id, "run": item.run, "start": item.start}, job.correlation_id)
        for item in slices
    ]
    deps().interviews_queue.send(messages, group=job.account_id, delay_seconds=delay_seconds)


def wake_finalizer(job: Job, run: Run, *, delay_seconds: int = 0) -> None:
    """Have the finalizer end a run that is recorded whole, or cancelled."""
    message = marked({"job_id": run.job_id, "run": run.number}, job.correlation_id)
    deps().finalize_queue.send([message], group=job.account_id, delay_seconds=delay_seconds)


def go_on(job: Job, run: Run, opened: Iterable[Slice]) -> None:
    """Have workers run slices that were just opened, or the finalizer end a run that is recorded whole."""
    if run.finished:
        wake_finalizer(job, run)
    send_slices(job, opened)


def send_again(job: Job) -> None:
    """Send a message for each open slice that nobody has claimed yet, or wake the finalizer."""
    run = deps().runs.get(job.job_id, job.run)
    if run is None:
        return
    if run.finished:
        wake_finalizer(job, run)
        return
    opened = deps().runs.open_slices(job.job_id, run.number)
    send_slices(job, (item for item in opened if not item.claims))
