"""Of a planned job, what some of its interviews need; nothing else of it is read."""

import json
from collections.abc import Iterable, Iterator, Sequence

from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Json
from chalicelib.domain.plans.combinations import LISTS, Triple, product_triple, triple_of
from chalicelib.domain.plans.plan import ASSIGNMENTS, Plan, RowList, read_plan
from chalicelib.domain.plans.subset import Subset, numbers_of, positions_of
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.prepare import prepared_survey
from chalicelib.services.deps import deps

_held: dict[str, Plan] = {}
"""The last job's only, by the name of its file, which holds a job's id and is written once."""


def plan_of(job: Job) -> Plan:
    """Return a planned job's plan, which a warm worker reads once for all slices in a row."""
    name = JobKeys.of(job).head
    plan = _held.get(name)
    if plan is None:
        _held.clear()  # before the next is read, so that there are never two in memory
        plan = _held[name] = read_plan(deps().files.read(name))
    return plan


def subset_of(job: Job, plan: Plan, indices: Sequence[int]) -> Subset:
    """Cut some interviews out of a job, reading of each list only the blocks that they need.

    Raises IndexError where the job has no such interview.
    """
    files = JobKeys.of(job)
    combinations = _combinations(files, plan, sorted({index // job.iterations for index in indices}))
    positions = positions_of(indices, job.iterations, combinations.__getitem__)
    numbers = numbers_of(positions, plan.counts)
    rows = {name: [row for _, row in _rows_at(files, plan, name, numbers[name])] for name in LISTS}
    return Subset({"survey": prepared_survey(plan.survey), **rows}, positions, numbers)


def _combinations(files: JobKeys, plan: Plan, wanted: Sequence[int]) -> dict[int, Triple]:
    if ASSIGNMENTS not in plan.lists:
        return {number: product_triple(plan.counts, number) for number in wanted}
    rows = _rows_at(files, plan, ASSIGNMENTS, wanted)
    return {number: triple_of(row, number) for number, row in rows}


def all_rows(files: JobKeys, name: str, found: RowList) -> Iterator[tuple[Json, int]]:
    """Yield all rows of a list, each with its length, holding one block at the most."""
    if found.rows is not None:
        yield from ((row, found.largest) for row in found.rows)
        return
    for line in deps().files.lines(files.list(name)):
        yield json.loads(line), len(line)


def first_rows(job: Job, plan: Plan, name: str, count: int) -> list[Json]:
    """Return the first rows of a list, as far as there are so many; one block of its file is read."""
    wanted = range(min(count, plan.counts.get(name, 0)))
    return [row for _, row in _rows_at(JobKeys.of(job), plan, name, wanted)]


def _rows_at(files: JobKeys, plan: Plan, name: str, wanted: Iterable[int]) -> Iterator[tuple[int, Json]]:
    """Yield the rows of some ascending numbers, each with its number."""
    found = plan.lists[name]
    if found.rows is not None:
        yield from ((number, found.rows[number]) for number in wanted)
        return
    chosen = list(wanted)
    needed = set(chosen)
    for block in found.blocks(chosen):
        lines = deps().files.lines(files.list(name), (block.begin, block.end))
        for number, line in enumerate(lines, start=block.first):
            if number in needed:
                yield number, json.loads(line)
