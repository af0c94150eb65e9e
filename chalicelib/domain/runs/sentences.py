"""Say how a run ended, in sentences for a person."""

from chalicelib.domain.credits.money import credits_number
from chalicelib.domain.runs.outcome import ExceptionCount
from chalicelib.domain.runs.run import Run, Standing

MOST_FREQUENT = 3


def ended_sentence(run: Run, standing: Standing) -> str:
    """Tell how the interviews of a job stand after a run, and first what that did if it was a retry."""
    if run.short:
        left = _interviews(run.total - run.recorded)
        return f"Insufficient funds: {left} could not be run. {sentence_of(standing)}"
    if run.scope is None:
        return sentence_of(standing)
    if not run.total:
        return f"Nothing had to be run again. {sentence_of(standing)}"
    return f"Of {_interviews(run.total)} run again, {run.good:,} completed. {sentence_of(standing)}"


def sentence_of(standing: Standing) -> str:
    """Tell how many interviews came out well, and what went wrong with the rest."""
    total = _interviews(standing.total)
    if standing.good == standing.total:
        return f"All {total} completed." if standing.total > 1 else "The interview completed."
    if standing.total == 1:
        return f"The interview did not complete.{_some(standing)} {_worst(standing)}"
    told = f"None of the {total}" if not standing.good else f"{standing.good:,} of {total}"
    return f"{told} completed.{_some(standing)} {_worst(standing)}"


def _some(standing: Standing) -> str:
    """Tell of the answers in interviews that are not whole, if there are any."""
    answers = standing.answers
    if not answers.some:
        return ""
    which = "It has" if standing.total == 1 else f"{answers.some:,} more {_have(answers.some)}"
    return f" {which} some answers: {answers.valid:,} are valid in all, {answers.invalid:,} failed."


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _interviews(count: int) -> str:
    return f"{count:,} {'interview' if count == 1 else 'interviews'}"


def consumed_sentence(amount: int) -> str:
    """Say what a cancelled job has consumed, in the seed's words, also where that is nothing."""
    return f"{credits_number(amount)} credits consumed."


def reason_of(standing: Standing) -> str | None:
    """Return why a job did not come out whole, or None."""
    return None if standing.good == standing.total else sentence_of(standing)


def _worst(standing: Standing) -> str:
    kinds = sorted(standing.exceptions, key=lambda kind: -kind.count)[:MOST_FREQUENT]
    return "Most frequent: " + "; ".join(map(_kind, kinds)) + "." if kinds else ""


def _kind(kind: ExceptionCount) -> str:
    where = f" at question {kind.question_name}" if kind.question_name else ""
    who = f" from {kind.service} {kind.model}" if kind.model else ""
    message = " ".join(kind.message.split()).rstrip(".")
    example = f" ({message})" if message else ""
    return f"{kind.count:,} × {kind.exception_type}{who}{where}{example}"
