"""Status requests that wait: held until their job has ended, where that is expected soon.

A client sleeps by its own guess between two questions about its job, but waits far longer for an answer to
each. So a question that would be followed by a sleep is held, and answered in the moment the job ends.
Which questions these are is a matter of the job's release (``releases/polling.py``); whether it is worth
it, of the job's outlook (``domain/runs/outlook.py``).
"""

import time

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.jobs.polling import HeldRequest, LastAnswer
from chalicelib.domain.runs.outlook import outlook_of
from chalicelib.domain.status import JobStatus
from chalicelib.logs.lines import logger_of
from chalicelib.releases.polling import FIRST_QUESTION_SECONDS, polling_of
from chalicelib.services.deps import deps
from chalicelib.services.jobs_look import Standing
from chalicelib.services.reports.status import getting_on
from chalicelib.services.reports.under_way import LatestRun, latest_run
from chalicelib.storage.aws.clients import trouble_of
from chalicelib.storage.aws.transaction import LostRaceError

logger = logger_of("long_poll")
MARGIN_MILLISECONDS = 5_000
"""So long after a request's time it is not held any more: whoever held it has died."""


def hold(job: Job, *, seconds: float | None, from_client: bool) -> bool:
    """Hold a status request until its job has ended, while that is worth it; tell whether it was held.

    ``seconds`` is for how long it asks to be held. ``from_client``: it is one as clients send them to learn
    of their job's end. Whoever was held must look at everything anew. AWS failing this fails no request:
    one refused answer would end its client's run.
    """
    if job.status is None or job.status.terminal:
        return False  # what is only announced may never come
    held = [True]
    trouble = trouble_of(lambda: held.append(_hold(job, seconds, from_client=from_client)))
    if trouble:
        logger.warning("A status request could not be held as it should", trouble=trouble)
    return held[-1]


def _hold(job: Job, seconds: float | None, *, from_client: bool) -> bool:
    if seconds is not None:
        return seconds > 0 and _held(job, seconds, patient=True, from_client=False)
    if not from_client or not deps().settings.held_requests:
        return False
    if _is_worth_it(job) and _held(
        job, polling_of(job.release).hold_seconds, patient=False, from_client=True
    ):
        return True
    deps().polls.answered(job.job_id, LastAnswer(deps().clock()))
    return False


def _is_worth_it(job: Job) -> bool:
    """Tell whether a client asks that will sleep after its answer, and its job is expected to end soon."""
    polling, last, now = polling_of(job.release), deps().polls.last_answer(job.job_id), deps().clock()
    found = latest_run(job) if job.status is JobStatus.RUNNING else LatestRun(None, None)
    if last is None:
        waits = now - max(job.created_at, job.status_at) <= FIRST_QUESTION_SECONDS * 1000
    else:
        waits = polling.follows_a_pause((now - last.at) / 1000, found.run.whole if found.run else 0)
    if not waits:
        return False
    progress, _ = getting_on(job, found)
    return outlook_of(job, found.run, now=now, progress=progress).ends_within(polling.hold_seconds)


def _held(job: Job, seconds: float, *, patient: bool, from_client: bool) -> bool:
    """Hold a request if there is room for it; tell whether there was.

    A patient one waits its whole time, any other only while its job may end within what is left of it.
    """
    if not _has_taken_a_place(job, seconds):
        return False
    wait = _Wait(seconds, patient=patient)
    try:
        deps().standings.wait(job.job_id, seconds, wait.is_over)
    finally:
        asks_again = from_client and not wait.ended
        deps().polls.let_go(job.job_id, LastAnswer(deps().clock()) if asks_again else None)
    return True


def _has_taken_a_place(job: Job, seconds: float) -> bool:
    """Note that a job's request is held for so long, unless another one of it is, or too many are.

    On AWS a held request is a function that runs, and the runs that are open want theirs, too.
    """
    most, now = deps().settings.held_requests, deps().clock()
    if not most:
        return False
    polls = deps().polls.held(now=now)
    if polls.open_runs >= most or len(polls.held) >= most:
        return False
    request = HeldRequest(job.job_id, now + int(seconds * 1000) + MARGIN_MILLISECONDS)
    try:
        deps().polls.hold(request, now=now)
    except LostRaceError:
        return False
    return True


class _Wait:
    """One request's waiting, and whether it has seen its job's end."""

    def __init__(self, seconds: float, *, patient: bool) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._patient = patient
        self.ended = False

    def is_over(self, seen: Standing | None) -> bool:
        """Tell whether to answer now, by how the job stands; None: it is gone."""
        if seen is None or (seen.job.status is not None and seen.job.status.terminal):
            self.ended = True
            return True
        if self._patient or seen.run is None:
            return False
        outlook = outlook_of(seen.job, seen.run, now=deps().clock())
        return not outlook.may_end_within(self._until - time.monotonic(), of=self._seconds)
