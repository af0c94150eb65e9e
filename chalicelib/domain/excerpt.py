"""Cut out of a job what some of its interviews need."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chalicelib.domain.combinations import LISTS, Triple, combination
from chalicelib.domain.interview import Document, Excerpt, Position


def excerpt_of_document(job: Document, indices: Sequence[int], iterations: int) -> Excerpt:
    """Cut interviews out of a whole job that is at hand.

    ``job`` has a survey, the three lists and, if it chooses its combinations, its assignments; an
    ``include_expression`` is not looked at. Raises IndexError where the job has no such interview.
    """
    positions = positions_of(indices, iterations, lambda number: combination(job, number))
    numbers = numbers_of(positions, {name: len(job[name]) for name in LISTS})
    rows = {name: [job[name][number] for number in numbers[name]] for name in LISTS}
    return Excerpt({"survey": job["survey"], **rows}, positions, numbers)


def positions_of(
    indices: Iterable[int], iterations: int, combination_at: Callable[[int], Triple]
) -> tuple[Position, ...]:
    """Return where interviews stand in a job, given what its combinations are."""
    found = []
    for index in indices:
        number, iteration = divmod(index, iterations)
        agent, scenario, model = combination_at(number)
        found.append(Position(index, agent, scenario, model, iteration))
    return tuple(found)


def numbers_of(positions: Iterable[Position], counts: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return which rows of the job's lists interviews use, by list; none of an empty list."""
    standing = list(positions)
    used = {
        "agents": {position.agent for position in standing},
        "scenarios": {position.scenario for position in standing},
        "models": {position.model for position in standing},
    }
    return {name: tuple(sorted(used[name])) if counts[name] else () for name in LISTS}
