"""Cancel or retry one job or several: asked once, in words that say what is lost, then done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError, NotFoundError, PerchError
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.reports.job_table import JobLine, lines_of
from chalicelib.web.http import HOME, Routes
from chalicelib.web.pages.jobs import sentences

routes = Routes(__name__, prefix=f"{HOME}/selected")
MOST = 100
CANCEL = "cancel"
DONE = {
    CANCEL: "cancelled, or about to be",
    RetryScope.FAILED: "queued again",
    RetryScope.ALL: "queued again",
}
WORDS = {CANCEL: "Cancel", RetryScope.FAILED: "Retry what failed", RetryScope.ALL: "Run everything again"}


@dataclass(frozen=True)
class Asked:
    """A job that something is to be done to, and what that would come to."""

    line: JobLine
    loses: str
    possible: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one."""

    job_id: str
    description: str
    problem: str
    """Empty: it was done."""


@routes.get("")
def ask(account: KeyHolder) -> Response:
    """Ask whether it is to be done; nothing is yet."""
    query = routes.raw_query()
    action = _action(query.get("do", ""))
    lines = lines_of(account, _named(routes.all_of("job")))
    if not lines:
        raise NotFoundError("You have no such job. Check the id and whose key you use.")
    asked = [_asked(line, action) for line in lines]
    return routes.page(
        "jobs/ask.html",
        account=account,
        asked=asked,
        possible=[one for one in asked if one.possible],
        action=action,
        words=WORDS[action],
        mark=routes.mark(),
    )


@routes.post("")
def do(account: KeyHolder) -> Response:
    """Do it to each; what cannot be done to one is said, and done to the others all the same."""
    said = routes.marked_form()
    action = _action(said.get("do", ""))
    job_ids = _named(routes.form_lists().get("job", []))
    outcomes = [_done(job_id, _doing(account, action)) for job_id in job_ids]
    if len(outcomes) == 1 and not outcomes[0].problem:
        return routes.led_to(f"{HOME}/{outcomes[0].job_id}")
    return routes.page("jobs/outcomes.html", account=account, outcomes=outcomes, done=DONE[action])


def _doing(account: KeyHolder, action: str) -> Callable[[str], Job]:
    if action == CANCEL:
        return lambda job_id: cancel(account, job_id)
    return lambda job_id: retry(account, job_id, RetryScope(action))


def _done(job_id: str, change: Callable[[str], Job]) -> Outcome:
    try:
        changed = change(job_id)
    except PerchError as error:
        return Outcome(job_id, "", error.detail)
    return Outcome(job_id, changed.description or "", "")


def _action(name: str) -> str:
    """Return what is to be done; ``retry`` is the same as ``failed``."""
    action = RetryScope.FAILED if name == "retry" else name
    if action not in WORDS:
        raise InvalidRequestError("do: one of cancel, failed and all was expected.")
    return action


def _named(job_ids: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(job_ids))
    if not named:
        raise InvalidRequestError("No job was chosen: tick the boxes of those that you mean.")
    if len(named) > MOST:
        raise InvalidRequestError(f"Choose {MOST} jobs at the most.")
    return named


def _asked(line: JobLine, action: str) -> Asked:
    if action == CANCEL:
        possible = line.status in {JobStatus.QUEUED, JobStatus.RUNNING}
        return Asked(line, sentences.lost_by_cancelling(line), possible)
    possible, scope = line.status.terminal and not line.job.results_deleted, RetryScope(action)
    if scope is RetryScope.FAILED:
        possible = possible and (line.total is None or line.with_exceptions > 0 or line.finished < line.total)
    return Asked(line, sentences.done_by_retrying(line, scope), possible)
