"""Which interviews a slice holds, and the smallest job that has just these."""

from dataclasses import dataclass

from chalicelib.domain.combinations import combination
from chalicelib.domain.errors import EngineError
from chalicelib.domain.interview import Document, SliceOrder
from chalicelib.survey.edsl_types import EdslObject


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


def with_plan(document: Document, job: EdslObject) -> Document:
    """Return the document with its assignments written out if only an expression gives them."""
    rows = [list(indices) for indices in job.assignment_plan.iter_indices()]
    return {**document, "assignments": rows}


def slice_document(document: Document, positions: list[Position], defaults: Document) -> Document:
    """Return a job's document with only what these interviews need, one assignment each.

    ``defaults`` are the agent and the scenario of a job that has none. Each interview gets an
    agent entry of its own even where two share one: edsl's renderer caches prompts by the ids
    of agent, scenario, model and question but not by the answers piped into them, so two
    iterations rendered together would be asked about each other's answers.
    """
    agents = document["agents"] or [defaults["agent"]]
    scenarios = document["scenarios"] or [defaults["scenario"]]
    used_scenarios = sorted({position.scenario for position in positions})
    used_models = sorted({position.model for position in positions})
    return {
        "survey": document["survey"],
        "agents": [agents[position.agent] for position in positions],
        "scenarios": [scenarios[number] for number in used_scenarios],
        "models": [document["models"][number] for number in used_models],
        "assignment_mode": "explicit",
        "assignments": [
            {
                "agent": place,
                "scenario": used_scenarios.index(position.scenario),
                "model": used_models.index(position.model),
            }
            for place, position in enumerate(positions)
        ],
    }
