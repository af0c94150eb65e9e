"""A run that goes on, with what the holders of its slices have told of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.runs.calls_now import NO_CALLS, CallsNow, merge_calls
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice


@dataclass(frozen=True)
class UnderWay:
    """Counts of a run: what is recorded, and what is not recorded yet but told."""

    finished: int
    """Interviews."""
    answered: int
    """Questions: of a finished interview all, answered or not."""
    calls: CallsNow = NO_CALLS
    in_work: int = 0
    """Interviews that workers hold at the moment, and have not finished."""


def recorded(run: Run) -> UnderWay:
    """Return the counts of a run of which nothing is open; once it has ended, those of its job after it."""
    interviews = run.standing.recorded
    return UnderWay(interviews, interviews * run.questions)


def under_way(run: Run, opened: Sequence[Slice], *, now: int) -> UnderWay:
    """Return the counts of a run and its open slices. Calls are those of holders that live."""
    told = [item.progress for item in opened]
    finished = run.recorded + sum(progress.finished for progress in told)
    answered = run.recorded * run.questions + sum(progress.answered for progress in told)
    held = [item for item in opened if item.lease_until > now]
    return UnderWay(
        min(finished, run.total),
        min(answered, run.total * run.questions),
        merge_calls(item.progress.calls for item in held),
        sum(max(0, item.interviews - item.progress.finished) for item in held),
    )


def belong_together(run: Run, opened: Sequence[Slice]) -> bool:
    """Tell whether a run and its open slices were read as they were at one moment.

    While a run goes on, all that was opened of it is either recorded or open.
    """
    return run.recorded + sum(item.interviews for item in opened) == run.opened
