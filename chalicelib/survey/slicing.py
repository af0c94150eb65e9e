"""Which interviews a slice holds, and the smallest job that has just these.

A slice is cut out before it is sent to the child, with nothing but JSON at hand, so that what a
slice costs does not grow with the job it is cut from.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property

from chalicelib.domain.combinations import combination
from chalicelib.domain.errors import EngineError
from chalicelib.domain.interview import Document, Json, SliceOrder
from chalicelib.survey.edsl_types import EdslObject

LISTS = ("agents", "scenarios", "models")


@dataclass(frozen=True)
class Position:
    """Where one interview stands in the whole job."""

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
class Excerpt:
    """What one slice needs of its job.

    ``document`` has the job's survey, and of its agents, scenarios and models only those that the
    interviews at ``positions`` use, in the job's order. ``seed`` is the job's own: random draws
    start from it and from an interview's index, so that a redelivered slice draws the same.
    """

    document: Document
    positions: list[Position]
    seed: str

    def place(self, position: Position) -> tuple[int, int, int]:
        """Return where agent, scenario and model of an interview stand in the excerpt's lists."""
        agents, scenarios, models = self._places
        return agents[position.agent], scenarios[position.scenario], models[position.model]

    @cached_property
    def _places(self) -> list[dict[int, int]]:
        return [{number: place for place, number in enumerate(used)} for used in _used(self.positions)]


def excerpt_of(document: Document, order: SliceOrder) -> Excerpt:
    """Cut a slice out of its job; raises EngineError where the job has no such interviews.

    ``document`` is the job with its assignments written out, if it has any. A list that is empty
    stays so: the interviews use the default in its place, which is for edsl to make.
    """
    positions = positions_of(document, order)
    parts = {"survey": document["survey"]}
    for name, used in zip(LISTS, _used(positions), strict=True):
        entries = document[name]
        parts[name] = [entries[number] for number in used] if entries else []
    return Excerpt(parts, positions, order.seed or seed_of(document))


def cut(order: SliceOrder) -> tuple[SliceOrder, list[Position] | None]:
    """Return the order with its job cut to the slice, and the positions of its interviews.

    They are None, and the order stays as it is, where this takes edsl: to evaluate an expression
    that chooses the interviews, or to say what is wrong with a job.
    """
    job = order.job
    if isinstance(job, dict) and "include_expression" in job and "assignments" not in job:
        return order, None
    try:
        excerpt = excerpt_of(job, order)
    except (TypeError, KeyError, ValueError, IndexError, EngineError):
        return order, None
    return replace(order, job=excerpt.document, seed=excerpt.seed), excerpt.positions


def positions_of(document: Document, order: SliceOrder) -> list[Position]:
    """Return the positions of a slice, in order; the cross product is never built."""
    found = []
    for index in range(order.start, order.stop):
        number, iteration = divmod(index, order.iterations)
        try:
            agent, scenario, model = combination(document, number)
        except IndexError as error:
            raise EngineError("The slice lies beyond the job's last interview.") from error
        found.append(Position(index, agent, scenario, model, iteration))
    return found


def seed_of(document: Json) -> str:
    """Return what tells one job from another. Reads the whole job."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def with_plan(document: Document, job: EdslObject) -> Document:
    """Return the document with its assignments written out if only an expression gives them."""
    rows = [list(indices) for indices in job.assignment_plan.iter_indices()]
    return {**document, "assignments": rows}


def slice_document(excerpt: Excerpt, defaults: Document) -> Document:
    """Return the document of a job with just the interviews of an excerpt, one assignment each.

    ``defaults`` are the agent and the scenario of a job that has none. Each interview gets an
    agent entry of its own even where two share one: edsl's renderer caches prompts by the ids
    of agent, scenario, model and question but not by the answers piped into them, so two
    iterations rendered together would be asked about each other's answers.
    """
    document = excerpt.document
    agents = document["agents"] or [defaults["agent"]]
    places = [excerpt.place(position) for position in excerpt.positions]
    return {
        "survey": document["survey"],
        "agents": [agents[agent] for agent, _, _ in places],
        "scenarios": document["scenarios"] or [defaults["scenario"]],
        "models": document["models"],
        "assignment_mode": "explicit",
        "assignments": [
            {"agent": number, "scenario": scenario, "model": model}
            for number, (_, scenario, model) in enumerate(places)
        ],
    }


def _used(positions: list[Position]) -> list[list[int]]:
    """Return the numbers of the agents, scenarios and models that interviews use."""
    return [
        sorted({position.agent for position in positions}),
        sorted({position.scenario for position in positions}),
        sorted({position.model for position in positions}),
    ]
