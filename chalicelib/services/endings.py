"""Say how a run ended, in sentences for a person."""

from chalicelib.domain.job import ExceptionCount, Run

MOST_FREQUENT = 3


def sentence_of(run: Run) -> str:
    """Tell how many interviews came out well, and what went wrong with the rest."""
    total = f"{run.total:,} {'interview' if run.total == 1 else 'interviews'}"
    if run.good == run.total:
        return f"All {total} completed." if run.total > 1 else "The interview completed."
    if run.total == 1:
        return f"The interview did not complete. {_worst(run)}"
    told = f"None of the {total}" if not run.good else f"{run.good:,} of {total}"
    return f"{told} completed. {_worst(run)}"


def reason_of(run: Run) -> str | None:
    """Return why a run did not come out whole, or None."""
    return None if run.good == run.total else sentence_of(run)


def _worst(run: Run) -> str:
    kinds = sorted(run.exceptions, key=lambda kind: -kind.count)[:MOST_FREQUENT]
    return "Most frequent: " + "; ".join(map(_kind, kinds)) + "." if kinds else ""


def _kind(kind: ExceptionCount) -> str:
    where = f" at question {kind.question_name}" if kind.question_name else ""
    who = f" from {kind.service} {kind.model}" if kind.model else ""
    message = " ".join(kind.message.split()).rstrip(".")
    example = f" ({message})" if message else ""
    return f"{kind.count:,} × {kind.exception_type}{who}{where}{example}"
