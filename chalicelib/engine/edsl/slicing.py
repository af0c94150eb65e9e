"""The smallest job that has just the interviews of an subset."""

from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.combinations import LISTS, Triple
from chalicelib.domain.plans.subset import Position, Subset


class Places:
    """Where the parts of an interview stand in an subset's lists."""

    def __init__(self, subset: Subset) -> None:
        self._places = [
            {number: place for place, number in enumerate(subset.numbers[name])} for name in LISTS
        ]

    def of(self, position: Position) -> Triple:
        """Return the places of agent, scenario and model; 0, where edsl's default is, in an empty list."""
        agents, scenarios, models = self._places
        return (
            agents[position.agent] if agents else 0,
            scenarios[position.scenario] if scenarios else 0,
            models[position.model] if models else 0,
        )


def slice_document(subset: Subset, defaults: Document) -> Document:
    """Return the document of a job with just the interviews of an subset, one assignment each.

    ``defaults`` are the agent and the scenario of a job that has none. Each interview gets an
    agent entry of its own even where two share one: edsl's renderer caches prompts by the ids
    of agent, scenario, model and question but not by the answers piped into them, so two
    iterations rendered together would be asked about each other's answers.
    """
    document = subset.document
    agents = document["agents"] or [defaults["agent"]]
    places_of = Places(subset).of
    places = [places_of(position) for position in subset.positions]
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
