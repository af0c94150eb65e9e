"""The combinations that a job's ``include_expression`` keeps, written down as assignments.

edsl looks at each combination of the whole product, and so does this: in blocks, so that no more of the
job is in memory than one block, in the order agent, scenario, model.
"""

from collections.abc import Iterator, Mapping

from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Assignments, Triple, product_of
from chalicelib.domain.plans.plan import RowList
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.prepare import prepared_survey
from chalicelib.services.deps import deps
from chalicelib.services.job_files.subset import all_rows
from chalicelib.services.planning.split import EXPRESSION, Split, write_list

COMBINATIONS = 50_000
"""In one block."""
FILTERED_BYTES = 4 * 1024 * 1024
"""Rows of one list in one block, apart from its first row."""


def selected(files: JobKeys, split: Split) -> RowList:
    """Evaluate a job's expression and write what it keeps; return where.

    Raises TooLargeError for more combinations than the stage looks at, NotAnEdslJobError for an
    expression that cannot be evaluated.
    """
    counts = {name: split.lists[name].count for name in LISTS}
    product, most = product_of(counts), deps().settings.maximum_combinations
    if product > most:
        raise TooLargeError(
            f"The job's include_expression has {product:,} combinations to choose from; "
            f"this Perch looks at {most:,} at the most."
        )
    assignments = Assignments()
    written = write_list(files, "assignments", assignments.rows(_kept(files, split)))
    assignments.check(counts)
    return written


def _kept(files: JobKeys, split: Split) -> Iterator[Triple]:
    models = split.first["models"]
    survey = prepared_survey(split.survey)
    agents, scenarios = split.lists["agents"], split.lists["scenarios"]
    width = max(1, len(models))
    whole = max(1, scenarios.count) * width <= COMBINATIONS and scenarios.size <= FILTERED_BYTES
    together = COMBINATIONS // (max(1, scenarios.count) * width) if whole else 1
    for agent, some_agents in _blocks(files, "agents", agents, together):
        for scenario, some_scenarios in _blocks(files, "scenarios", scenarios, COMBINATIONS // width):
            block: Document = {
                "survey": survey,
                "agents": some_agents,
                "scenarios": some_scenarios,
                "models": models,
                EXPRESSION: split.expression,
            }
            first: Mapping[str, int] = {"agents": agent, "scenarios": scenario, "models": 0}
            yield from deps().engine().select(block, first=first)


def _blocks(files: JobKeys, name: str, found: RowList, rows: int) -> Iterator[tuple[int, list[Json]]]:
    """Yield a list in blocks of at most so many rows, each with its first row's number.

    An empty list is one empty block: edsl's default stands in its place.
    """
    block: list[Json] = []
    first = size = 0
    for row, length in all_rows(files, name, found):
        if block and (len(block) >= rows or size + length > FILTERED_BYTES):
            yield first, block
            first, block, size = first + len(block), [], 0
        block.append(row)
        size += length
    if block or not first:
        yield first, block
