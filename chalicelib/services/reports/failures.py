"""Find interviews that met exceptions, reading as little as possible of what runs have recorded."""

from collections.abc import Collection, Iterator, Mapping

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import InterviewRow, read_failed_rows, read_some_rows
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import RecordedSlice
from chalicelib.services.deps import deps
from chalicelib.services.job_files.manifest import places_of
from chalicelib.storage.aws.files import MissingFileError


def example_rows(job: Job, run: Run, indices: Collection[int]) -> Iterator[InterviewRow]:
    """Yield the rows of some interviews as they are after a run, in no order.

    Of each slice that holds any, one file is read. Interviews that no run recorded are left out.
    """
    if job.results_deleted:
        return  # with all that was written down
    wanted = {index for index in indices if index >= 0}
    for number in range(run.number, 0, -1):
        one = run if number == run.number else deps().runs.get(job.job_id, number)
        if one is None or not wanted:
            return
        for row in _recorded_rows(job, one, places_of(job, one, wanted)):
            wanted.discard(row.index)
            yield row


def failed_rows(job: Job, run: Run, *, most_bytes: int) -> Iterator[InterviewRow]:
    """Yield rows with exceptions as they are after a run, in order, until so much was read."""
    if job.results_deleted:
        return
    try:
        yield from read_failed_rows(_begun(_all_lines(job, run), most_bytes))
    except MissingFileError:
        return  # its results were deleted, and those of a later run were not


def _recorded_rows(job: Job, run: Run, places: Mapping[int, int]) -> Iterator[InterviewRow]:
    """Yield rows of one run, given at which place in it each of some interviews stands."""
    waiting = sorted(places)
    while waiting:
        found = deps().runs.recorded_slice_with(job.job_id, run.number, places[waiting[0]])
        if found is None:
            waiting = waiting[1:]
            continue
        held = [index for index in waiting if places[index] < found.stop]
        waiting = waiting[len(held) :]
        yield from read_some_rows(_lines(job, found), held)


def _all_lines(job: Job, run: Run) -> Iterator[bytes]:
    if run.end is not None and run.end.standing.recorded:
        yield from deps().files.lines(JobKeys.of(job).rows(run.number))
        return
    for found in deps().runs.recorded_slices(job.job_id, run.number):
        yield from _lines(job, found)


def _lines(job: Job, found: RecordedSlice) -> Iterator[bytes]:
    return deps().files.lines(JobKeys.of(job).slice(found))


def _begun(lines: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    for line in lines:
        most_bytes -= len(line)
        if most_bytes < 0:
            return
        yield line
