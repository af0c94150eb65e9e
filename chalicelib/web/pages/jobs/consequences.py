"""What becomes of a job that something is done to: said before it is done."""

from chalicelib.domain.jobs.exception_kind import ExceptionKind
from chalicelib.domain.jobs.job import RetryScope
from chalicelib.services.reports.job_table import JobLine
from chalicelib.web.words import counted, credits_text

LONGEST_NAME = 120


def lost_by_cancelling(line: JobLine) -> str:
    """Say what a job loses that is cancelled now."""
    if line.total is None:
        return "It has not begun: no interview will be run, and nothing is charged."
    left = max(0, line.total - line.finished)
    return (
        f"{counted(left, 'interview')} will not be run; {line.finished:,} are kept; about "
        f"{credits_text(line.units)} credits stay charged."
    )


def done_by_retrying(line: JobLine, scope: RetryScope) -> str:
    """Say what a further run of a job does."""
    total = line.total or 0
    if scope is RetryScope.ALL:
        return (
            f"All {counted(total, 'interview')} are run again and charged again; nothing is answered from "
            "the cache. What there is stays readable as results of the earlier run."
        )
    again = total - line.finished + line.with_exceptions
    return (
        f"{counted(again, 'interview')} that failed or are missing are run again and charged; what came out "
        "well is kept."
    )


def done_by_retrying_kind(kind: ExceptionKind) -> str:
    """Say what a further run does that is of interviews with one kind of exception."""
    where = f" at question {kind.question_name[:LONGEST_NAME]}" if kind.question_name else ""
    who = f" from {kind.service} {kind.model[:LONGEST_NAME]}" if kind.model else ""
    return (
        f"Interviews that met {kind.exception_type[:LONGEST_NAME]}{who}{where} are run again and charged; "
        "all others stay as they are, also those that failed otherwise."
    )


def lost_by_deleting(line: JobLine) -> str:
    """Say what goes with a job."""
    cost = f" What it cost, {credits_text(line.units)} credits, stays charged." if line.units else ""
    if not line.finished:
        return f"It goes for good, with its history.{cost}"
    answers = "history" if line.job.results_deleted else f"answers of {_interviews(line)}"
    return (
        f"The {answers} go for good, with its error report and all results made of it; whoever they are "
        f"shared with finds them no more.{cost} What is in your cache stays there."
    )


def done_by_sharing(line: JobLine) -> str:
    """Say who reads what when a job's results are shared."""
    return (
        f"Whoever you name reads its results ({_interviews(line)}): answers, prompts, agents and scenarios. "
        "They do not see the job, and change nothing."
    )


def _interviews(line: JobLine) -> str:
    return counted(line.finished, "interview")
