"""Some interviews of a job: where each stands in it, and what of the job they need."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.plans.combinations import LISTS, Triple, combination

SOURCE_CODE = "source_code"
"""What the names of all fields end with by which edsl restores functions."""
OFFLOADED = "offloaded"
"""Stands in place of a file's content where that was uploaded by itself (client contract, section 2.3)."""
ANSWERED_BY_CODE = ("edsl_object",)
"""Types of questions whose answer is loaded by edsl, functions in it included."""


@dataclass(frozen=True)
class Position:
    """Where one interview stands in the whole job.

    ``index`` counts agent, then scenario, then model, then iteration, as edsl does:
    ``index = combination * iterations + iteration``; the others are numbers of rows in the job's
    lists.
    """

    index: int
    agent: int
    scenario: int
    model: int
    iteration: int

    @property
    def indices(self) -> dict[str, int]:
        """The positions of its parts in the job's lists, as edsl writes them into a row."""
        return {"agent": self.agent, "scenario": self.scenario, "model": self.model}


@dataclass(frozen=True)
class Subset:
    """Some interviews of a job, and of the job only what they need.

    ``document`` has the job's ``survey``, and in ``agents``, ``scenarios`` and ``models`` only the rows
    that the interviews at ``positions`` use, in the job's order; ``numbers`` says of each of these rows
    which one of the job's list it is. A list that is empty in the job is empty here: its interviews
    use edsl's default.
    """

    document: Document
    positions: tuple[Position, ...]
    numbers: Mapping[str, tuple[int, ...]]
    """By list (``agents``, ``scenarios``, ``models``), ascending."""

    @property
    def brings_code(self) -> bool:
        """Tell whether functions may run where the interviews do: its sender's, or those of an answer.

        They may stand anywhere, as in a question within a question or in what edsl's test model is told
        to say; and whoever asks for one of edsl's objects may be answered with a function in it.
        """
        parts = [self.document["survey"], *[self.document[name] for name in LISTS]]
        return any(_is_code(key, value) for key, value in _fields(parts))

    @property
    def brings_uploads(self) -> bool:
        """Tell whether there are files of whose content only what their sender says of it is known."""
        parts = [self.document["survey"], *[self.document[name] for name in LISTS]]
        return any(key == "base64_string" and value == OFFLOADED for key, value in _fields(parts))

    def asking(self, services: Collection[str]) -> list[int]:
        """Return the interviews whose own models belong to these services; a question may ask another one."""
        models = zip(self.numbers["models"], self.document["models"], strict=True)
        theirs = {number for number, model in models if model.get("inference_service") in services}
        return [position.index for position in self.positions if position.model in theirs]


def _is_code(key: str, value: Json) -> bool:
    if key == "question_type":
        return value in ANSWERED_BY_CODE
    return key.endswith(SOURCE_CODE) and bool(value)


def _fields(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the fields of all objects in a value, however deep."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield from found.items()
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def excerpt_of_document(job: Document, indices: Sequence[int], iterations: int) -> Subset:
    """Cut interviews out of a whole job that is at hand.

    ``job`` has a survey, the three lists and, if it chooses its combinations, its assignments; an
    ``include_expression`` is not looked at. Raises IndexError where the job has no such interview.
    """
    positions = positions_of(indices, iterations, lambda number: combination(job, number))
    numbers = numbers_of(positions, {name: len(job[name]) for name in LISTS})
    rows = {name: [job[name][number] for number in numbers[name]] for name in LISTS}
    return Subset({"survey": job["survey"], **rows}, positions, numbers)


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
