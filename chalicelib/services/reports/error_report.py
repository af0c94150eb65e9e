"""What went wrong with a job, why probably, and what to try: for people, as markdown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.results.advice import advice_on
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.results.snippet import snippet
from chalicelib.domain.runs.outcome import ExceptionCount
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.under_way import UnderWay
from chalicelib.domain.status import AT_WORK, JobStatus
from chalicelib.services.access import owned_job
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import plan_of
from chalicelib.services.providers import nearest_models
from chalicelib.services.reports.failures import example_rows
from chalicelib.services.reports.next_steps import Step, can_be_retried, next_steps
from chalicelib.services.reports.task_history import TaskHistory, task_history
from chalicelib.services.reports.under_way import LatestRun, latest_run

LONGEST_EXAMPLE = 1_500
LONGEST_SNIPPET = 20_000


@dataclass(frozen=True)
class _Asked:
    """A survey's questions by name, and which of them come with a memory of earlier ones."""

    questions: Mapping[str, Document]
    remembering: frozenset[str]


def report_id(job: Job, run: Run | None) -> str | None:
    """Return the name of a job's error report, which is the job's own; None if there is nothing to tell."""
    failed = job.status is JobStatus.FAILED or (run is not None and run.standing.with_exceptions > 0)
    return job.job_id if failed else None


@dataclass(frozen=True)
class Report:
    """What went wrong, as markdown, and what can be done next."""

    text: str
    next_steps: tuple[Step, ...]
    can_be_retried: bool
    """A further run of the job is possible, and there is something for it to do."""

    @property
    def markdown(self) -> str:
        """Return all of it as markdown, which ends with what can be done."""
        return "\n".join([self.text, *_next(self.next_steps)])


def report_on(account: Caller, job_id: str, run_number: int | None = None, *, address: str) -> Report:
    """Return the report on a job's latest run, or on another one.

    ``address`` is what this Perch is called by whoever asks. Raises NotFoundError.
    """
    job, found = _found(account, job_id, run_number)
    text = "\n".join(_report(job, found.run, found.now))
    # What can be done is the job's matter, whichever of its runs is looked at.
    latest = found.run if run_number is None or run_number == job.run else latest_run(job).run
    return Report(text, next_steps(job, latest, address), can_be_retried(job, latest))


def history(account: Caller, job_id: str, run_number: int | None = None) -> TaskHistory:
    """Return the same as edsl's task history (see ``task_history``). Raises NotFoundError."""
    job, found = _found(account, job_id, run_number)
    return task_history(job, found.run, report_id=report_id(job, found.run))


def _found(account: Caller, job_id: str, run_number: int | None) -> tuple[Job, LatestRun]:
    job = owned_job(account, job_id)
    if run_number is None or run_number == job.run:
        found = latest_run(job)
    else:
        found = LatestRun(deps().runs.get(job.job_id, run_number), None)
    if found.run is None and run_number is not None:
        raise NotFoundError(f"The job '{job_id}' has no run number {run_number}.")
    return job, found


def _report(job: Job, run: Run | None, now: UnderWay | None) -> Iterator[str]:
    yield "# Error report"
    yield ""
    yield f"Job `{job.job_id}`" + (f" ({_line(job.description)})" if job.description else "")
    yield ""
    if run is None:
        yield from _without_run(job)
        return
    yield _counts(job, run)
    yield ""
    going_on = now is not None and run.end is None and job.status in AT_WORK
    if now is not None and going_on:
        yield from _under_way(run, now)
    if run.standing.exceptions:
        yield from _kinds(job, run)
    elif job.status is JobStatus.FAILED:
        yield from _reason(job)
    elif going_on:
        yield "No finished interview has met an exception so far."
    else:
        yield "No exceptions were met."


def _next(steps: tuple[Step, ...]) -> Iterator[str]:
    if steps:
        yield ""
        yield "## What you can do next"
    for step in steps:
        yield ""
        yield f"**{step.title}** {step.sentence}"
        for lines in step.lines:
            yield ""
            yield f"{lines.what}:"
            yield ""
            yield from _block(lines.text, lines.language or "text")


def _under_way(run: Run, now: UnderWay) -> Iterator[str]:
    """Tell what becomes of calls at the moment: what is tried again is no exception yet."""
    calls = now.calls
    yield (
        f"{now.finished:,} interviews are finished, recorded or about to be; {now.answered:,} of "
        f"{run.total * run.questions:,} questions need no answer any more. {calls.in_flight:,} calls are in "
        f"flight, {calls.waiting:,} wait for their turn."
    )
    yield ""
    if not calls.tried_again:
        return
    yield "## Being tried again"
    yield ""
    yield f"{calls.tried_again:,} calls were refused or cut off and are being tried again."
    yield ""
    for reason in calls.reasons:
        yield f"{reason.calls:,} × {_line(f'{reason.exception_type} from {reason.service} {reason.model}')}:"
        yield ""
        yield from _block(reason.message or "Nothing was said.")
        yield ""


def _without_run(job: Job) -> Iterator[str]:
    if job.status is JobStatus.FAILED:
        yield "The job failed before any interview was run: no model was asked, and nothing was charged."
        yield ""
        yield from _reason(job)
    elif job.status is JobStatus.CANCELLED:
        yield "The job was cancelled before any interview was run. No exceptions were met."
    else:
        yield "The job has not started running. No exceptions were met so far."


def _reason(job: Job) -> Iterator[str]:
    yield f"**Why it failed.** {job.reason or 'No reason was written down.'}"


def _counts(job: Job, run: Run) -> str:
    found = run.standing
    sentences = [
        f"{found.recorded:,} of {found.total:,} interviews are done, "
        f"{found.with_exceptions:,} of these with exceptions."
    ]
    if job.run != run.number:
        sentences.append(f"This is run {run.number}; the job has been run {job.run} times.")
    elif job.status in {JobStatus.RUNNING, JobStatus.CANCELLING}:
        sentences.append("The job is still running: this is what is known so far.")
    elif job.status is JobStatus.CANCELLED:
        sentences.append("The job was cancelled.")
    return " ".join(sentences)


def _kinds(job: Job, run: Run) -> Iterator[str]:
    kinds = sorted(run.standing.exceptions, key=lambda kind: -kind.count)
    survey = _asked(job)
    yield "| | count | exception | service | model | question |"
    yield "|---:|---:|---|---|---|---|"
    for number, kind in enumerate(kinds, start=1):
        cells = (kind.exception_type, kind.service, kind.model, kind.question_name)
        yield f"| {number} | {kind.count:,} | " + " | ".join(map(_cell, cells)) + " |"
    # In the order of their interviews, so that each file is read once; held is only what is told of them.
    examples: dict[int, list[str]] = {}
    waiting: dict[int, list[int]] = {}
    for place, kind in enumerate(kinds):
        waiting.setdefault(kind.index, []).append(place)
    for row in example_rows(job, run, waiting):
        for place in waiting[row.index]:
            examples[place] = list(_example(kinds[place], row, survey))
    for place, kind in enumerate(kinds):
        yield ""
        yield f"## {place + 1}. {_title(kind)}"
        yield ""
        yield from _advice(kind)
        yield from examples.get(place) or _message(kind.message)


def _title(kind: ExceptionCount) -> str:
    who = f" from {kind.service} {kind.model}".rstrip() if kind.model or kind.service else ""
    where = f" at question {kind.question_name}" if kind.question_name else ""
    return f"{kind.count:,} × {_line(kind.exception_type + who + where)}"


def _advice(kind: ExceptionCount) -> Iterator[str]:
    told = advice_on(kind.exception_type, kind.message)
    yield f"**Likely cause.** {told.cause}"
    yield ""
    yield "**What to try.**"
    yield ""
    yield from (f"- {attempt}" for attempt in told.tries)
    if told.misnamed and (near := nearest_models(kind.service, kind.model)):
        yield f"- It has models with names like it: {', '.join(f'`{_line(name)}`' for name in near)}."
    yield ""


def _message(message: str) -> Iterator[str]:
    if message:
        yield "**Example.**"
        yield ""
        yield from _block(message)


def _example(kind: ExceptionCount, row: InterviewRow, survey: _Asked) -> Iterator[str]:
    entries = row.exceptions.get(kind.question_name, [])
    messages = [
        str(entry["exception"].get("message", ""))
        for entry in entries
        if entry.get("exception", {}).get("type") == kind.exception_type
    ]
    yield f"**Example.** Interview {row.index} (the first is 0):"
    yield ""
    yield from _block(messages[0] if messages else kind.message)
    if advice_on(kind.exception_type, kind.message).answered:
        answer = (row.row.get("generated_tokens") or {}).get(f"{kind.question_name}_generated_tokens")
        if answer:
            yield ""
            yield "The model had answered:"
            yield ""
            yield from _block(str(answer))
    question = survey.questions.get(kind.question_name)
    if question is None:
        return
    lines = snippet(question, row.row, remembers=kind.question_name in survey.remembering)
    yield ""
    if len(lines) > LONGEST_SNIPPET:
        yield "The question, its agent and its scenario are too large to be shown as lines that reproduce it."
        return
    yield "**Reproduce it.**"
    yield ""
    yield from _block(lines, "python")


def _asked(job: Job) -> _Asked:
    survey = plan_of(job).survey
    memories = (survey.get("memory_plan") or {}).get("data") or {}
    questions = {
        str(question["question_name"]): question
        for question in survey["questions"]
        if "question_name" in question
    }
    return _Asked(questions, frozenset(memories))


def _block(text: str, language: str = "") -> Iterator[str]:
    """Show a text as it is, in a fence that is longer than any it has itself."""
    limit = LONGEST_SNIPPET if language else LONGEST_EXAMPLE
    shown = text.strip("\n")
    shown = shown if len(shown) <= limit else shown[:limit] + " …"
    fence = "```"
    while fence in shown:
        fence += "`"
    yield fence + language
    yield shown
    yield fence


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
