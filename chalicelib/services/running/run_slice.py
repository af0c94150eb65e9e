"""Do what there is to do of one slice of a job."""

import contextlib
from collections.abc import Sequence
from itertools import takewhile

from chalicelib.domain.fault_points import FaultPoint, reached
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow
from chalicelib.domain.runs.engine_port import RecordedResponse
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.slice import Slice
from chalicelib.domain.runs.turns import Place, Waiting
from chalicelib.logs.lines import logger_of, this_process
from chalicelib.logs.metrics import Metric
from chalicelib.services.about import about_slice, count, note_job
from chalicelib.services.delivery import Delivery, beat_seconds, lease_end
from chalicelib.services.deps import deps
from chalicelib.services.enqueue import look_again, send_slices
from chalicelib.services.job_files.manifest import indices_of
from chalicelib.services.running.invocation import Began, Invocation
from chalicelib.services.running.lease import Lease, LeaseLostError
from chalicelib.services.running.record import close, follow_up, record
from chalicelib.services.running.slice_work import SliceWork
from chalicelib.services.turns import forget, place_of
from chalicelib.storage.aws.transaction import LostRaceError

HALVE_AFTER = 3
"""Claims in a row that brought nothing, after which a slice is halved: one of its interviews kills its
worker, or makes it so slow that nothing of it is ever finished, and the others should not suffer."""
GIVE_UP_AFTER = 6
"""The same for a slice of one interview, which is then given up."""
HALVE_AFTER_OVERRUNS = 1
"""Claims in a row that had a worker's whole time and brought nothing, after which a slice is halved."""
GIVE_UP_AFTER_OVERRUNS = 2
"""The same for a slice of one interview, which is then given up: that time is other people's, too."""
GIVEN_UP = "This interview could not be run: {} times its worker stopped before anything came of it."
logger = logger_of("slices")
OVERRAN = "This interview could not be run: {} times it had a worker's whole time, and nothing came of it."


def run_slice(job_id: str, run_number: int, start: int, delivery: Delivery) -> None:
    """Run a slice and record what could be finished; do nothing where that is done already.

    While its last calls end, this worker may run slices of accounts that had less than their share.
    """
    job = deps().jobs.get(job_id)
    if job is None:
        return
    note_job(job)
    if not job.goes_on(run_number):
        forget([Place(job.account_id, job_id, run_number, start)])
        return
    found = deps().runs.open_slice(job_id, run_number, start)
    if found is None:
        recorded = deps().runs.recorded_slice(job_id, run_number, start)
        if recorded is not None:
            follow_up(job, recorded)
        return
    if found.lease_until > deps().clock():
        look_again(job, found)
        return
    invocation = Invocation(delivery, _run_waiting)
    try:
        _take(job, found, delivery, invocation)
    except LostRaceError:
        look_again(job, found)
    except LeaseLostError:
        pass  # whoever has it now goes on with it
    finally:
        invocation.wait()


def _run_waiting(waiting: Waiting, delivery: Delivery, invocation: Invocation, began: Began) -> bool:
    """Run a slice that waits; tells whether it did not wait any more, so that a further one is looked at."""
    place = waiting.place
    job = deps().jobs.get(place.job_id)
    found = deps().runs.open_slice(place.job_id, place.run, place.start)
    if job is None or not job.goes_on(place.run) or found is None or found.lease_until > deps().clock():
        forget([place])
        return True
    with contextlib.suppress(LostRaceError, LeaseLostError):
        _take(job, found, delivery, invocation, began)
    return False


def _take(
    job: Job, found: Slice, delivery: Delivery, invocation: Invocation, began: Began = lambda: None
) -> None:
    """Claim a slice and work on it; ``began`` is called when it is claimed.

    Raises LostRaceError, LeaseLostError.
    """
    names = JobKeys.of(job)
    answers = () if found.whole else tuple(deps().responses.of(names, found))
    own = frozenset(indices_of(job, found) if answers else ())
    kept = sum(answer.index in own for answer in answers)
    answered = max(kept, found.progress.answered)
    held = found.claimed(until=lease_end(), answers=answered, by=this_process(), at=deps().clock())
    if held.interviews > 1 and (held.fruitless > HALVE_AFTER or held.overruns >= HALVE_AFTER_OVERRUNS):
        halves = deps().runs.halve(found)
        with about_slice(job, found):
            logger.warning("A slice was halved: nothing came of it", fruitless=found.fruitless)
        send_slices(job, halves)
        return
    deps().runs.claim(found, held)
    reached(FaultPoint.SLICE_CLAIMED)
    lease = Lease(held, delivery)
    began()
    with about_slice(job, held):
        _tell_claim(found, held, kept)
        with deps().beating(beat_seconds(), lease.beat), invocation.turn(place_of(job, held), lease):
            try:
                _work(job, lease, answers, delivery)
            except LeaseLostError:
                logger.warning("A slice is another worker's by now: this one was silent for too long")
                raise
    reached(FaultPoint.SLICE_DONE)


def _tell_claim(found: Slice, held: Slice, kept: int) -> None:
    logger.info("A slice was claimed", interviews=held.interviews, answers_kept=kept)
    if found.claims and found.lease_until:
        before = found.holdings[-1].by if found.holdings else ""
        logger.warning("Who held a slice before died, or was silent for longer than a lease", before=before)
        count({Metric.LEASES_LOST: 1})


def _work(job: Job, lease: Lease, answers: Sequence[RecordedResponse], delivery: Delivery) -> None:
    held = lease.held
    work = SliceWork(job, lease, answers, delivery)
    if held.overruns >= GIVE_UP_AFTER_OVERRUNS:
        rows = work.lose(work.indices, OVERRAN.format(GIVE_UP_AFTER_OVERRUNS))
    elif held.fruitless > GIVE_UP_AFTER:
        rows = work.lose(work.indices, GIVEN_UP.format(GIVE_UP_AFTER))
    else:
        finished = work.run()
        rows = finished if lease.stopped else _from_the_start(work.indices, finished)
    lease.check()
    if lease.stopped:
        close(job, held, rows, work.cut_off, work.untold())
    elif rows:
        record(job, lease.with_progress(), rows, work.untold())
    else:
        # Nothing could be finished; what its interviews were answered so far is kept.
        left = lease.give_back(overran=work.overran, waited=work.waited)
        logger.info("A slice was handed on", overran=work.overran, waited=work.waited)
        send_slices(job, [left])


def _from_the_start(indices: Sequence[int], rows: dict[int, InterviewRow]) -> dict[int, InterviewRow]:
    """Return the rows up to the first interview that was not finished.

    Those after it are run again with it; their answers are kept, so that they cost nothing.
    """
    return {index: rows[index] for index in takewhile(rows.__contains__, indices)}
