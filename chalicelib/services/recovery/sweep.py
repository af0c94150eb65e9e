"""Find what stands still, and set it going again or end it (P8).

Everything Perch does is woken by a message, and messages can be lost: between a write and the sending
that should have followed it, or with a queue. The sweeper looks at every job that has not ended, by its
mark; a job that moves is left alone, one that stands still gets its message again, each time after
twice as long: it may just be waiting behind others.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.job import Job, OpenJob
from chalicelib.domain.jobs.polling import OpenRuns
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.status import JobStatus
from chalicelib.logs.lines import logger_of
from chalicelib.services.about import about_job
from chalicelib.services.alerts.send import wake_alerts
from chalicelib.services.credits import holds
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import send_job, send_slices, wake_finalizer
from chalicelib.services.finishing.fail import fail
from chalicelib.storage.aws.transaction import LostRaceError, Transaction

LONGEST_PATIENCE = 3600
STUCK = "stuck"
STUCK_AFTER_NUDGES = 5
"""With a patience of a minute: half an hour's standstill that no message has helped."""
RESERVE_SECONDS = 10.0
NEVER_CAME = "The job's payload never arrived. Send the job again."
logger = logger_of("sweep")
Nudge = Callable[[], None]


def sweep(seconds_left: Callable[[], float], *, patience_seconds: int | None = None) -> Counter[str]:
    """Look after every open job, and alerts; return how many were open, and which kinds of standstill.

    ``patience_seconds`` instead of the stage's: 0 when everything is known to stand still.
    """
    patience = deps().settings.patience_seconds if patience_seconds is None else patience_seconds
    found: Counter[str] = Counter()
    runs = 0
    # Begun elsewhere each minute: a sweep that runs out of time must not always leave out the same.
    for mark in deps().jobs.open_jobs(first=deps().clock() // 60_000):
        if seconds_left() < RESERVE_SECONDS:
            break
        found["open"] += 1
        job = deps().jobs.get(mark.job_id)
        runs += job is not None and job.status is not None
        kinds = _look_after(mark, job, patience)
        if job is not None and kinds and kinds != [STUCK]:
            with about_job(job):
                logger.warning("A job stood still", kinds=kinds, run=job.run)
        found.update(kinds)
        reached(FaultPoint.SWEPT_ONE)
    if deps().settings.held_requests:
        deps().polls.count(OpenRuns(runs))
    return found + wake_alerts(seconds_left)


def _look_after(mark: OpenJob, job: Job | None, patience: int) -> list[str]:
    if job is None:
        return []
    if job.status is None:
        return _expire(job)
    if job.status is JobStatus.QUEUED:
        return _nudged("queued", mark, job.status_at, patience, lambda: send_job(job))
    if job.status is JobStatus.RUNNING:
        return _look_after_run(mark, job, patience)
    if job.status is JobStatus.CANCELLING:
        run = deps().runs.get(job.job_id, job.run)
        if run is not None:
            return _nudged("not finished", mark, job.status_at, patience, lambda: wake_finalizer(job, run))
    return []


def _expire(job: Job) -> list[str]:
    """End a job whose upload address is long dead. A large upload may outlive the address it began with."""
    if deps().clock() < job.created_at + 2 * deps().settings.signed_url_seconds * 1000:
        return []
    fail(job, NEVER_CAME)
    return ["never uploaded"]


def _look_after_run(mark: OpenJob, job: Job, patience: int) -> list[str]:
    run = deps().runs.get(job.job_id, job.run)
    if run is None:
        return []
    moved_at = run.moved_at or run.started_at
    if run.finished:
        return _nudged("not finished", mark, moved_at, patience, lambda: wake_finalizer(job, run))
    opened = list(deps().runs.open_slices(job.job_id, run.number))
    now = deps().clock()
    # A holder that is alive keeps its lease ahead; unclaimed slices wait since the run last moved.
    idle = {item: item.lease_until or moved_at for item in opened if item.lease_until <= now}
    kinds = ["window not filled"] if _refilled(job, run, opened) else []
    if idle:
        since = min(idle.values())
        still = [item for item, at in idle.items() if now - at >= patience * 1000]
        if still:
            kinds += _nudged("slices idle", mark, since, patience, lambda: send_slices(job, still))
    elif patience == 0:
        send_slices(job, opened)  # their holders are gone, their leases will be soon
    return kinds


def _refilled(job: Job, run: Run, opened: list[Slice]) -> bool:
    """Open what the window has room for: a stage's window may have grown since the run began."""
    room = deps().settings.window - len(opened)
    if room <= 0 or run.opened == run.total:
        return False
    transaction = Transaction()
    after, fresh = holds.go_on(transaction, job, run, room)
    if not fresh:
        return False
    try:
        deps().runs.refill(transaction, run, after, fresh)
    except LostRaceError:
        return False  # it moves
    send_slices(job, fresh)
    return True


def _nudged(kind: str, mark: OpenJob, since: int, patience: int, nudge: Nudge) -> list[str]:
    """Nudge a job that has stood still since then, if its turn has come.

    Return which kind of standstill that was, if it had, and whether no message has helped so far.
    """
    nudges = mark.nudges if mark.since == since else 0
    stuck = [STUCK] if nudges >= STUCK_AFTER_NUDGES else []
    wait = min(patience * 2**nudges, LONGEST_PATIENCE) * 1000
    if deps().clock() < since + wait:
        return stuck
    try:
        deps().jobs.mark(mark, replace(mark, since=since, nudges=nudges + 1))
    except LostRaceError:
        return []  # it has ended, or another sweep was faster
    nudge()
    return [kind, *stuck]
