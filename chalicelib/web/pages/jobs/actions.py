"""What can be done to jobs, one or several at once, and what each comes to."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import ConflictError, InvalidRequestError
from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.jobs.job import Job, RetryScope
from chalicelib.domain.status import JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.content.sharing import share
from chalicelib.services.jobs.cancel import cancel
from chalicelib.services.jobs.retry import retry
from chalicelib.services.leaving.jobs import ask_to_delete
from chalicelib.services.reports.job_table import JobLine
from chalicelib.web.pages.jobs import consequences

Said = Mapping[str, str]
LONGEST_NAME = 254
LONGEST_PART = 1_000
LONGEST_TOLD = 80


@dataclass(frozen=True)
class Action:
    """Something that can be done to a job, in a page's words."""

    words: str
    done: str
    """What several jobs are then."""
    impossible: str
    """What is said of a job that it cannot be done to."""
    possible: Callable[[JobLine], bool]
    told: Callable[[JobLine], str]
    """What it comes to."""
    change: Callable[[KeyHolder, str, Said], Job]
    leads_to: Callable[[Job], str]
    """The page of what became of one, below that of all jobs."""
    dangerous: bool = False
    fields: Said = field(default_factory=dict)
    """What else its form says."""


def _retries(scope: RetryScope) -> Callable[[KeyHolder, str, Said], Job]:
    return lambda account, job_id, _: retry(account, job_id, scope)


def _share(account: KeyHolder, job_id: str, said: Said) -> Job:
    who = said.get("who", "").strip()
    if not who or len(who) > LONGEST_NAME:
        raise InvalidRequestError("Whom to share it with: an e-mail address or a username was expected.")
    job = owned_job(account, job_id)
    if not _has_results_of(job) or job.results_id is None:
        raise ConflictError("This job has no results that could be shared.")
    share(account, job.results_id, who)
    return job


def _has_results_of(job: Job) -> bool:
    return job.results_id is not None and not job.results_deleted


def _ended(line: JobLine) -> bool:
    return line.job.status is not None and line.job.status.terminal


def _can_be_run(line: JobLine) -> bool:
    return _ended(line) and not line.job.results_deleted


def _failed_in_part(line: JobLine) -> bool:
    lacks = line.total is None or line.with_exceptions > 0 or line.finished < line.total
    return _can_be_run(line) and lacks


NOT_AGAIN = "It has not ended, or there is nothing of it to run again this way."
ACTIONS: Mapping[str, Action] = {
    "cancel": Action(
        words="Cancel",
        done="cancelled, or about to be",
        impossible="Nothing is left of it to cancel.",
        possible=lambda line: line.status in {JobStatus.QUEUED, JobStatus.RUNNING},
        told=consequences.lost_by_cancelling,
        change=lambda account, job_id, _: cancel(account, job_id),
        leads_to=lambda job: f"/{job.job_id}",
        dangerous=True,
    ),
    "failed": Action(
        words="Retry what failed",
        done="queued again",
        impossible=NOT_AGAIN,
        possible=_failed_in_part,
        told=lambda line: consequences.done_by_retrying(line, RetryScope.FAILED),
        change=_retries(RetryScope.FAILED),
        leads_to=lambda job: f"/{job.job_id}",
    ),
    "all": Action(
        words="Run everything again",
        done="queued again",
        impossible=NOT_AGAIN,
        possible=_can_be_run,
        told=lambda line: consequences.done_by_retrying(line, RetryScope.ALL),
        change=_retries(RetryScope.ALL),
        leads_to=lambda job: f"/{job.job_id}",
    ),
    "share": Action(
        words="Share",
        done="shared",
        impossible="It has no results that could be shared.",
        possible=lambda line: _has_results_of(line.job),
        told=consequences.done_by_sharing,
        change=_share,
        leads_to=lambda job: f"/{job.job_id}",
    ),
    "delete": Action(
        words="Delete",
        done="deleted",
        impossible="It has not ended. Cancel it first, or wait; then delete it.",
        possible=_ended,
        told=consequences.lost_by_deleting,
        change=lambda account, job_id, _: ask_to_delete(account, job_id),
        leads_to=lambda _: "",
        dangerous=True,
    ),
}
"""By what forms and addresses call them."""


def action_of(said: Said) -> tuple[str, Action]:
    """Return what is asked for, and its name; ``retry`` is the same as ``failed``.

    Raises InvalidRequestError.
    """
    name = "failed" if said.get("do") == "retry" else said.get("do", "")
    if name not in ACTIONS:
        raise InvalidRequestError(f"do: one of {', '.join(ACTIONS)} was expected.")
    if name == "failed" and said.get("exception_type"):
        return name, _retry_of(_kind(said))
    return name, ACTIONS[name]


def _kind(said: Said) -> ExceptionKind:
    parts = [said.get(each.name, "") for each in fields(ExceptionKind)]
    if any(len(part) > LONGEST_PART for part in parts):
        raise InvalidRequestError(f"Exceptions are told by {LONGEST_PART:,} characters at the most.")
    return ExceptionKind(*parts)


def _retry_of(kind: ExceptionKind) -> Action:
    """Return the action that runs only those interviews again that met one kind of exception."""
    return replace(
        ACTIONS["failed"],
        words=f"Retry what met {kind.exception_type[:LONGEST_TOLD]}",
        told=lambda _: consequences.done_by_retrying_kind(kind),
        change=lambda account, job_id, _: retry(account, job_id, RetryScope.FAILED, kinds=[kind]),
        fields={name: value for name, value in asdict(kind).items() if value},
    )
