"""Which agent, scenario and model an interview joins, counted without building anything.

edsl counts combinations agent first, then scenario, then model; a job with assignments lists its
combinations itself, as objects or as triples. A list that is empty counts as one: edsl's default
stands in its place.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.json_types import Document, Json

AXES = ("agent", "scenario", "model")
LISTS = ("agents", "scenarios", "models")
Triple = tuple[int, int, int]


def combination(job: Document, number: int) -> Triple:
    """Return the places of agent, scenario and model of a combination of a whole job.

    Raises IndexError beyond the last.
    """
    if "assignments" in job:
        return triple_of(job["assignments"][number], number)
    return product_triple({name: len(job[name]) for name in LISTS}, number)


def product_triple(counts: Mapping[str, int], number: int) -> Triple:
    """Return a combination of lists of so many rows, each row joined with each.

    Raises IndexError beyond the last.
    """
    agents, scenarios, models = (max(1, counts[name]) for name in LISTS)
    rest, model = divmod(number, models)
    agent, scenario = divmod(rest, scenarios)
    if not 0 <= agent < agents:
        raise IndexError(number)
    return agent, scenario, model


def product_of(counts: Mapping[str, int]) -> int:
    """Return how many combinations lists of so many rows have."""
    return math.prod(max(1, counts[name]) for name in LISTS)


def triple_of(row: Json, number: int) -> Triple:
    """Read the ``number``-th row of a job's assignments as edsl does.

    It is an object with the keys ``agent``, ``scenario`` and ``model`` (or ``agent_index`` …), or a
    list of three. Raises NotAnEdslJobError. Whether there are such rows is not looked at.
    """
    if isinstance(row, dict):
        row = [row.get(axis, row.get(f"{axis}_index")) for axis in AXES]
    if not isinstance(row, list) or len(row) != len(AXES):
        raise NotAnEdslJobError(
            f"Row {number} of the job's assignments is neither an object with agent, scenario and model "
            "nor a list of three numbers."
        )
    for axis, value in zip(AXES, row, strict=True):
        if isinstance(value, bool) or not isinstance(value, int):
            raise NotAnEdslJobError(f"Row {number} of the job's assignments has no whole number as {axis}.")
        if value < 0:
            raise NotAnEdslJobError(f"Row {number} of the job's assignments has {value} as {axis}.")
    agent, scenario, model = row
    return agent, scenario, model


class Assignments:
    """Writes combinations as rows, and remembers the highest numbers that occur in them."""

    def __init__(self) -> None:
        self._highest: Triple = (-1, -1, -1)

    def rows(self, triples: Iterable[Triple]) -> Iterator[tuple[Json, str]]:
        """Yield each combination as a row and the row's text."""
        for agent, scenario, model in triples:
            highest = self._highest
            self._highest = (max(highest[0], agent), max(highest[1], scenario), max(highest[2], model))
            yield [agent, scenario, model], f"[{agent},{scenario},{model}]"

    def check(self, counts: Mapping[str, int]) -> None:
        """Raise NotAnEdslJobError if a number is beyond a list; an empty one has edsl's default."""
        for axis, name, highest in zip(AXES, LISTS, self._highest, strict=True):
            if highest >= max(1, counts[name]):
                raise NotAnEdslJobError(
                    f"The job's assignments name {axis} {highest}, but it has {counts[name]} {name} "
                    "(the first is number 0)."
                )
