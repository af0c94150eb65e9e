"""The rows of a job that chooses its combinations itself."""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.domain.combinations import AXES, LISTS, Triple
from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.interview import Json


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
