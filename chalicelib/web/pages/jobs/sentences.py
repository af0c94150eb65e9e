"""How jobs stand, in one sentence each: the first thing that a page says."""

from collections import Counter

from chalicelib.domain.runs.calls_now import CallsNow
from chalicelib.domain.status import JobStatus
from chalicelib.services.reports.job_table import JobTable
from chalicelib.services.reports.status import JobFacts
from chalicelib.web.statuses import LOOKS
from chalicelib.web.words import about, counted, credits_text

NOT_ENDED = (JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.CANCELLING)


def of_table(table: JobTable, *, filtered: bool) -> str:
    """Say how many jobs there are, and what those on this page do."""
    many = f"More than {counted(table.total, 'job')}" if table.more else counted(table.total, "job")
    verb = "fits" if table.total == 1 else "fit"
    told = f"{many} {verb} what you look for" if filtered else many
    return f"{told}{_doing(table)}."


def _doing(table: JobTable) -> str:
    counts = Counter(line.status for line in table.lines)
    parts = [f"{counts[status]:,} {LOOKS[status].word.lower()}" for status in NOT_ENDED if counts[status]]
    return f": {', '.join(parts)}" if parts else ""


def of_job(facts: JobFacts) -> str:
    """Say how a job stands: done, failed, time left, what it has cost."""
    job, run = facts.job, facts.latest
    if job.status is None:
        return "Its client has announced this job and has still to upload it."
    if job.status is JobStatus.QUEUED:
        if job.retry:
            return "It waits for its turn to be run again. What it came to before stays as it is."
        return "It waits for its turn. Nothing has been asked yet, and nothing was charged."
    if run is None:
        return job.reason or f"{LOOKS[job.status].word} before any interview was run: nothing was charged."
    standing = run.standing
    parts = [f"{facts.counts.finished:,} of {counted(standing.total, 'interview')} done"]
    failed = standing.with_exceptions - standing.answers.some
    if standing.answers.some:
        parts.append(f"{standing.answers.some:,} of them with some answers only")
    if failed:
        parts.append(f"{failed:,} failed")
    if job.status is JobStatus.CANCELLING:
        parts.append("being cancelled")
    elif job.status is JobStatus.RUNNING:
        parts.append(_left(facts))
    cost = f"{credits_text(facts.units)} credits"
    parts.append(f"{cost} so far" if not job.status.terminal else cost)
    return f"{', '.join(parts)}."


def _left(facts: JobFacts) -> str:
    left = facts.progress.seconds_left if facts.progress else None
    if left is None:
        return "time left not known yet"
    return f"{about(left)} left" if left else "results are being put together"


def how_known(facts: JobFacts) -> str:
    """Say how the time left is known."""
    run, progress, wait = facts.latest, facts.progress, facts.waits_for
    if run is None or progress is None or progress.seconds_left is None:
        return "It is known once some questions are answered."
    if wait and wait.requests_per_minute and progress.seconds_left:
        return (
            f"By what {wait.service} {wait.model} may be asked: {wait.requests_per_minute:,} times a minute."
        )
    return "By how fast it went since it began."


def why_it_waits(facts: JobFacts) -> list[str]:
    """Say what a job waits for, if it does."""
    job, wait, calls = facts.job, facts.waits_for, facts.calls
    if job.status is JobStatus.QUEUED:
        return ["It waits until a worker is free to plan it; jobs of other accounts have their turns, too."]
    told = []
    if wait:
        told.append(_limit(wait.service, wait.model, wait.requests_per_minute))
    if calls:
        told += _calls(calls)
        if not (wait or calls.in_flight or calls.waiting or calls.tried_again) and _left_to_do(facts):
            told.append(
                "No worker tells of calls at the moment: its next interviews wait for one that is free, or "
                "are being begun. Workers are shared out among the accounts that wait."
            )
    return told


def _left_to_do(facts: JobFacts) -> bool:
    return facts.latest is not None and not facts.latest.finished


def _limit(service: str, model: str, requests: int | None) -> str:
    if requests is None:
        return f"{service} {model} takes no more tokens or calls at once; its calls wait for their turn."
    return f"{service} {model} takes {requests:,} requests a minute at present, of all jobs together."


def _calls(calls: CallsNow) -> list[str]:
    told = [
        f"{reason.calls:,} × {reason.exception_type} from {reason.service} {reason.model}, tried again: "
        f"{' '.join(reason.message.split()) or 'nothing was said'}"
        for reason in calls.reasons
    ]
    if calls.tried_again and not told:
        told.append(f"{counted(calls.tried_again, 'call')} came to nothing before and are tried again.")
    return told
