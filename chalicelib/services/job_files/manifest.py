"""Which of a job's interviews a slice is about.

A run of all interviews counts them by their index. A retry of some has a *manifest*: a file of their indices
in order, each on a line of the same length, so that who needs some of them reads just those.
"""

from collections.abc import Collection, Iterator, Sequence

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import indices_to_do, row_lines
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.met import indices_that_met
from chalicelib.domain.runs.run import Run
from chalicelib.domain.runs.slice import Slice
from chalicelib.services.deps import deps

INDEX_DIGITS = 9
"""As many as an index has in a key."""
LINE = INDEX_DIGITS + 1


def indices_of(job: Job, part: Slice) -> Sequence[int]:
    """Return the indices of a slice's interviews, ascending.

    Raises MissingFileError.
    """
    if not part.manifest:
        return range(part.start, part.stop)
    name = JobKeys.of(job).manifest(part.run, part.manifest)
    return [int(line) for line in deps().files.lines(name, (part.start * LINE, part.stop * LINE))]


def places_of(job: Job, run: Run, indices: Collection[int]) -> dict[int, int]:
    """Return at which place of a run each of some interviews stands; those it has not are left out.

    Raises MissingFileError.
    """
    if not run.manifest:
        return {index: index for index in indices if index < run.total}
    wanted = {b"%0*d" % (INDEX_DIGITS, index): index for index in indices}
    lines = deps().files.lines(JobKeys.of(job).manifest(run.number, run.manifest))
    return {wanted[line]: place for place, line in enumerate(lines) if line in wanted}


def write_manifest(job: Job, previous: Run, name: str) -> int:
    """Write down which interviews a job's next run does again after the previous one; return how many.

    Those that failed or are missing, or that met an exception of the kinds its retry is of. Rows are read as
    a stream. Raises MissingFileError.
    """
    files = JobKeys.of(job)
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        rows = row_lines(deps().files.lines(files.rows(previous.number)))
        kinds = job.retry_of
        chosen = indices_that_met(rows, kinds) if kinds else indices_to_do(rows, previous.whole)
        for index in chosen:
            count += 1
            yield b"%0*d\n" % (INDEX_DIGITS, index)

    deps().files.write_stream(files.manifest(previous.number + 1, name), lines())
    return count
