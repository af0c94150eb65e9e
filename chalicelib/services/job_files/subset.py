"""Of a planned job, what some of its interviews need; nothing else of it is read."""

import json
from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.combinations import LISTS, Triple, product_triple, triple_of
from chalicelib.domain.plans.plan import ASSIGNMENTS, Head, RowList, read_head
from chalicelib.domain.plans.subset import Excerpt, numbers_of, positions_of
from chalicelib.domain.runs.job_keys import JobFiles
from chalicelib.releases.prepare import prepared_survey
from chalicelib.services.deps import parts

_held: dict[str, Head] = {}
"""The last job's only, by the name of its file, which holds a job's id and is written once."""


def head_of(job: Job) -> Head:
    """Return a planned job's head, which a warm worker reads once for all slices in a row."""
    name = JobFiles.of(job).head
    head = _held.get(name)
    if head is None:
        _held.clear()  # before the next is read, so that there are never two in memory
        head = _held[name] = read_head(parts().files.read(name))
    return head


def excerpt_of(job: Job, head: Head, indices: Sequence[int]) -> Excerpt:
    """Cut some interviews out of a job, reading of each list only the blocks that they need.

    Raises IndexError where the job has no such interview.
    """
    files = JobFiles.of(job)
    combinations = _combinations(files, head, sorted({index // job.iterations for index in indices}))
    positions = positions_of(indices, job.iterations, combinations.__getitem__)
    numbers = numbers_of(positions, head.counts)
    rows = {name: [row for _, row in _rows_at(files, head, name, numbers[name])] for name in LISTS}
    return Excerpt({"survey": prepared_survey(head.survey), **rows}, positions, numbers)


def _combinations(files: JobFiles, head: Head, wanted: Sequence[int]) -> dict[int, Triple]:
    if ASSIGNMENTS not in head.lists:
        return {number: product_triple(head.counts, number) for number in wanted}
    rows = _rows_at(files, head, ASSIGNMENTS, wanted)
    return {number: triple_of(row, number) for number, row in rows}


def all_rows(files: JobFiles, name: str, found: RowList) -> Iterator[tuple[Json, int]]:
    """Yield all rows of a list, each with its length, holding one block at the most."""
    if found.rows is not None:
        yield from ((row, found.largest) for row in found.rows)
        return
    for line in parts().files.lines(files.list(name)):
        yield json.loads(line), len(line)


def _rows_at(files: JobFiles, head: Head, name: str, wanted: Iterable[int]) -> Iterator[tuple[int, Json]]:
    """Yield the rows of some ascending numbers, each with its number."""
    found = head.lists[name]
    if found.rows is not None:
        yield from ((number, found.rows[number]) for number in wanted)
        return
    chosen = list(wanted)
    needed = set(chosen)
    for block in found.blocks(chosen):
        lines = parts().files.lines(files.list(name), (block.begin, block.end))
        for number, line in enumerate(lines, start=block.first):
            if number in needed:
                yield number, json.loads(line)
