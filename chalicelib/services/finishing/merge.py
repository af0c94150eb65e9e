"""Lay the rows of a run over those of the runs before it: what a job's interviews have come to."""

from collections.abc import Iterable, Iterator

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.results.rows import Answers, RowLine, merged, row_lines
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.outcome import ExceptionCount, exceptions_of, merge_exceptions
from chalicelib.domain.runs.run import Run, Standing
from chalicelib.services.deps import deps
from chalicelib.services.job_files.finished_rows import write_finished_rows

COUNTED_TOGETHER = 1000
"""Exceptions that are held before they are added up."""


def join(job: Job, run: Run) -> Standing:
    """Write a job's rows down as they are after a run; return how its interviews stand then.

    What the runs before came to is written down already: a further one is not planned before.
    """
    files = JobKeys.of(job)
    if run.number == 1:
        write_finished_rows(files, run.number, _joined(job, run))
        return run.standing
    count = _Count(run.whole)
    older = deps().files.lines(files.rows(run.number - 1))
    rows = merged(row_lines(older), row_lines(_joined_lines(job, run)))
    write_finished_rows(files, run.number, (row.line + b"\n" for row in count.passing(rows)))
    return count.standing()


def _names(job: Job, run: Run) -> Iterator[str]:
    for item in deps().runs.recorded_slices(job.job_id, run.number):
        yield JobKeys.of(job).slice(item)


def _joined(job: Job, run: Run) -> Iterator[bytes]:
    for name in _names(job, run):
        yield from deps().files.chunks(name)


def _joined_lines(job: Job, run: Run) -> Iterator[bytes]:
    for name in _names(job, run):
        # Whole, as its worker had it: S3 does not wait while all the older rows between two of these pass.
        yield from filter(None, deps().files.read(name).split(b"\n"))


class _Count:
    """Counts rows on their way."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._recorded = self._good = 0
        self._answers = Answers()
        self._held: list[ExceptionCount] = []
        self._exceptions: tuple[ExceptionCount, ...] = ()

    def passing(self, rows: Iterable[RowLine]) -> Iterator[RowLine]:
        """Yield rows, and count them."""
        for row in rows:
            self._recorded += 1
            self._good += row.good
            if row.good:
                self._answers += Answers(valid=row.valid)
            else:
                read = row.read()
                self._answers += read.answers
                self._held += exceptions_of(read)
            if len(self._held) >= COUNTED_TOGETHER:
                self._add_up()
            yield row

    def standing(self) -> Standing:
        """Return what was counted."""
        self._add_up()
        return Standing(self._total, self._recorded, self._good, self._exceptions, self._answers)

    def _add_up(self) -> None:
        self._exceptions = merge_exceptions(self._exceptions, self._held)
        self._held = []
