"""Run one slice of a job and record it once."""

from collections.abc import Callable

from chalicelib.domain.capacity import calls_at_once, services_of
from chalicelib.domain.errors import EngineError
from chalicelib.domain.interview import Document, InterviewRow, SliceOrder
from chalicelib.domain.job import Job, Run, Slice, outcome_of
from chalicelib.domain.lost import lost_row
from chalicelib.domain.names import JobFiles
from chalicelib.domain.rows import missing_ranges, write_row
from chalicelib.domain.status import JobStatus
from chalicelib.services.parts import parts
from chalicelib.services.prepared import prepared
from chalicelib.services.wake import slice_message, wake
from chalicelib.storage.transaction import LostRaceError

RESERVE_SECONDS = 20.0
"""Of a function's time, kept for writing down what came out."""
ENGINE_TRIES = 2
RECORD_TRIES = 50


class SliceBusyError(Exception):
    """Another worker holds the slice; the message must come again in case that one dies."""


def run_slice(job_id: str, run_number: int, start: int, seconds_left: Callable[[], float]) -> None:
    """Run a slice, keep its rows and add it to its run; do nothing where that is done already.

    ``seconds_left`` tells how long this function may still work. Raises SliceBusyError.
    """
    job = parts().jobs.get(job_id)
    if job is None or job.status is not JobStatus.RUNNING or job.run != run_number:
        return
    found = parts().jobs.slice(job_id, run_number, start)
    if found is None:
        return
    if found.recorded:
        wake(job)
        return
    held = _claim(found, seconds_left())
    rows = _interviews(job, held, seconds_left)
    name = JobFiles(job.account_id, job.job_id).slice(run_number, start)
    parts().files.write(name, b"".join(write_row(row) for row in rows))
    _record(held, rows)


def _claim(found: Slice, seconds: float) -> Slice:
    now = parts().clock()
    try:
        return parts().jobs.claim(found, now=now, until=now + int(seconds * 1000))
    except LostRaceError as error:
        raise SliceBusyError(f"slice {found.start} of job {found.job_id} is held") from error


def _interviews(job: Job, held: Slice, seconds_left: Callable[[], float]) -> list[InterviewRow]:
    """Run the slice's interviews; what an engine that died left out is tried once more."""
    document = prepared(JobFiles(job.account_id, job.job_id).prepared)
    rows: dict[int, InterviewRow] = {}
    problem = ""
    for _ in range(ENGINE_TRIES):
        for begin, end in missing_ranges(held.start, held.stop, rows):
            order = _order(job, document, begin, end, seconds_left() - RESERVE_SECONDS)
            try:
                for row in parts().engine().run(order):
                    rows[row.index] = row
            except EngineError as error:
                problem = error.detail
    for index in range(held.start, held.stop):
        if index not in rows:
            rows[index] = lost_row(document, index, job.iterations, problem)
    return [rows[index] for index in sorted(rows)]


def _order(job: Job, document: Document, start: int, stop: int, seconds: float) -> SliceOrder:
    chosen = parts().settings
    services = parts().service_table.services()
    return SliceOrder(
        job=document,
        start=start,
        stop=stop,
        iterations=job.iterations,
        fresh=job.fresh,
        seconds=max(seconds, 1.0),
        interview_seconds=job.interview_seconds or chosen.interview_seconds,
        calls_in_flight=calls_at_once(services, services_of(document), most=chosen.calls_in_flight),
        services=services,
        lift_test_model_limit=chosen.lift_test_model_limit,
        seed=job.job_id,
    )


def _record(held: Slice, rows: list[InterviewRow]) -> None:
    """Add the slice to its run and open the next; whoever comes second finds it done."""
    outcome = outcome_of(rows)
    for _ in range(RECORD_TRIES):
        before = parts().jobs.run(held.job_id, held.run)
        if before is None:
            return
        after, opened = before.record(outcome).open(1)
        try:
            parts().jobs.record(before, after, held, opened)
        except LostRaceError:
            current = parts().jobs.slice(held.job_id, held.run, held.start)
            if current != held:
                return  # the slice is another worker's now, or recorded
            continue
        _go_on(after, opened)
        return
    raise SliceBusyError(f"slice {held.start} of job {held.job_id} could not be recorded")


def _go_on(run: Run, opened: tuple[Slice, ...]) -> None:
    if run.finished:
        parts().finalize_queue.send([{"job_id": run.job_id, "run": run.number}])
    parts().interviews_queue.send(slice_message(item) for item in opened)
