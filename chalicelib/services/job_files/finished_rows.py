"""The finished interviews of a job, in order, of which a few can be read alone, also while it runs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.plans.line_index import LineIndex, block_of, read_index
from chalicelib.domain.plans.plan import RowList
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.domain.runs.slice import RecordedSlice
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError


class FinishedRows(Protocol):
    """Rows counted from 0, in the order of their interviews."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def size(self) -> int:
        """How many bytes they have together."""
        ...

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the rows ``[start, stop)``, as far as there are any."""
        ...


def write_finished_rows(files: JobKeys, run: int, pieces: Iterable[bytes]) -> None:
    """Write down the rows that a run came to, and where they are in their file."""
    index = LineIndex()
    deps().files.write_stream(files.rows(run), index.passing(pieces))
    deps().files.write(files.rows_index(run), index.written())


def finished_rows(job: Job) -> FinishedRows:
    """Return what there is of a job: what its runs came to, or what its first one has so far.

    A further run's rows count once it has ended and they are laid over those before it.
    """
    for run in range(job.run, 0, -1):
        try:
            return joined_rows(job, run)
        except MissingFileError:
            continue  # it has not ended
    recorded = deps().runs.recorded_slices(job.job_id, 1) if job.run else ()
    return _Recorded(JobKeys.of(job), tuple(recorded))


def joined_rows(job: Job, run: int) -> FinishedRows:
    """Return what a job had come to after a run that has ended. Raises MissingFileError."""
    files = JobKeys.of(job)
    return _Joined(files.rows(run), read_index(deps().files.read(files.rows_index(run))))


@dataclass(frozen=True)
class _Joined:
    """Rows that lie in one file."""

    name: str
    index: RowList

    @property
    def count(self) -> int:
        return self.index.count

    @property
    def size(self) -> int:
        return self.index.size

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        block = block_of(self.index, start, stop)
        if block is not None:
            lines = deps().files.lines(self.name, (block.begin, block.end))
            yield from islice(lines, start - block.first, stop - block.first)


@dataclass(frozen=True)
class _Recorded:
    """Rows of a first run's slices, each in a file of its own."""

    files: JobKeys
    slices: tuple[RecordedSlice, ...]

    @property
    def count(self) -> int:
        return sum(item.rows for item in self.slices)

    @property
    def size(self) -> int:
        return sum(item.size for item in self.slices)

    def lines(self, start: int, stop: int) -> Iterator[bytes]:
        before = 0
        for item in self.slices:
            first, last = max(0, start - before), min(item.rows, stop - before)
            if first < last:
                name = self.files.slice(item)
                yield from islice(deps().files.lines(name), first, last)
            before += item.rows
