"""Record what a worker has done of a slice, once, and set going what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.cache.usage import merge_uses
from chalicelib.domain.credits.money import merge_usages, units
from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.providers.asked import brought_models
from chalicelib.domain.results.rows import InterviewRow, write_row
from chalicelib.domain.runs.holding import HoldingEnd
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.outcome import NOTHING_UNTOLD, SliceOutcome, Untold, outcome_of
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import RecordedSlice, Slice
from chalicelib.logs.lines import logger_of
from chalicelib.logs.metrics import Metric
from chalicelib.services.about import count
from chalicelib.services.credits import holds
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import go_on
from chalicelib.services.job_files.subset import plan_of
from chalicelib.storage.aws.transaction import LostRaceError, Transaction, retry_on_lost_race

TRIES = 50
logger = logger_of("slices")


class RunContendedError(Exception):
    """Too many workers recorded at once; the message must come again. Never shown to a person."""


def record(job: Job, held: Slice, rows: Mapping[int, InterviewRow], untold: Untold = NOTHING_UNTOLD) -> None:
    """Keep the rows of a slice, record it, and open what comes after it; done by others, it is left.

    ``rows`` are by index, from the slice's start on; where they end before it does, the rest is opened
    as a slice of its own.
    """
    done = [rows[index] for index in sorted(rows)]
    stop = held.start + len(done)
    rest = (held.after(stop),) if stop < held.stop else ()
    _record(job, held, _Done(done, stop, _outcome(job, done, untold), rest, open_next=not rest))


def close(
    job: Job,
    held: Slice,
    rows: Mapping[int, InterviewRow],
    cut_off: Sequence[InterviewRow],
    untold: Untold = NOTHING_UNTOLD,
) -> None:
    """Record what there is of a slice whose job is to stop: nothing is opened after it.

    ``rows`` are those of any of its interviews; ``cut_off`` are not kept, but what they cost counts, and so
    does what was paid for interviews of which there is no row.
    """
    done = [rows[index] for index in sorted(rows)]
    outcome, further = _outcome(job, done, untold), _outcome(job, cut_off, untold)
    told = {*rows, *(row.index for row in cut_off)}
    others = [usage for index in untold.consumed if index not in told for usage in untold.beyond(index)]
    outcome = replace(
        outcome,
        usages=merge_usages(outcome.usages, (*further.usages, *others)),
        cache=merge_uses((outcome.cache, further.cache)),
    )
    _record(job, held, _Done(done, held.stop, outcome, (), open_next=False))


def _outcome(job: Job, rows: Sequence[InterviewRow], untold: Untold) -> SliceOutcome:
    return outcome_of(rows, untold, brought_models(plan_of(job).survey))


@dataclass(frozen=True)
class _Done:
    """What a worker has done of a slice up to ``stop``, and what is left of it."""

    rows: Sequence[InterviewRow]
    stop: int
    outcome: SliceOutcome
    rest: tuple[Slice, ...]
    open_next: bool


def _record(job: Job, held: Slice, done: _Done) -> None:
    name = JobKeys.of(job).slice(held)
    data = b"".join(write_row(row) for row in done.rows)
    deps().files.write(name, data)
    reached(FaultPoint.ROWS_WRITTEN)

    def attempt() -> tuple[Run, tuple[Slice, ...]] | None:
        before = deps().runs.get(held.job_id, held.run)
        if before is None or before.closed:
            return None
        transaction = Transaction()
        after, fresh = holds.go_on(
            transaction, job, before.record(done.outcome, at=deps().clock()), int(done.open_next)
        )
        opened = (*done.rest, *fresh)
        starts = tuple(item.start for item in opened)
        how = HoldingEnd.RECORDED_IN_PART if done.rest else HoldingEnd.RECORDED
        recorded = RecordedSlice(
            *(held.job_id, held.run, held.start, done.stop, held.claims, starts, len(done.rows), len(data)),
            holdings=held.let_go(how, at=deps().clock()).holdings,
        )
        try:
            deps().runs.record(transaction, before, after, held, recorded, opened=opened)
        except LostRaceError:
            current = deps().runs.open_slice(held.job_id, held.run, held.start)
            if current is None or current.claims != held.claims:
                return None  # the slice is another worker's now, or recorded
            raise
        return after, opened

    try:
        recorded = retry_on_lost_race(attempt, tries=TRIES)
    except LostRaceError as error:
        raise RunContendedError(f"slice {held.start} of job {held.job_id} could not be recorded") from error
    if recorded is not None:
        reached(FaultPoint.SLICE_RECORDED)
        _tell(held, done, recorded[0])
        go_on(job, *recorded)


def _tell(held: Slice, done: _Done, run: Run) -> None:
    outcome = done.outcome
    with_exceptions = outcome.interviews - outcome.good
    logger.info(
        "A slice was recorded",
        interviews=outcome.interviews,
        of=held.interviews,
        with_exceptions=with_exceptions,
        prompts=outcome.cache.prompts,
        cached=outcome.cache.cached,
    )
    count(
        {
            Metric.INTERVIEWS_RECORDED: outcome.interviews,
            Metric.INTERVIEWS_WITH_EXCEPTIONS: with_exceptions,
            Metric.HOUSE_SPENDING: units(run.of_house(outcome.usages)),
        }
    )


def follow_up(job: Job, recorded: RecordedSlice) -> None:
    """Send again what follows from a recorded slice: its sender may have died before it did."""
    run = deps().runs.get(recorded.job_id, recorded.run)
    if run is None:
        return
    found = (deps().runs.open_slice(recorded.job_id, recorded.run, start) for start in recorded.opened)
    go_on(job, run, tuple(item for item in found if item is not None and not item.claims))
