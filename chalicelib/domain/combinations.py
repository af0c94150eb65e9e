"""Which agent, scenario and model an interview joins, counted without building anything.

edsl counts combinations agent first, then scenario, then model; a job with assignments lists its
combinations itself, as objects or as triples.
"""

from chalicelib.domain.interview import Document

AXES = ("agent", "scenario", "model")


def combination(job: Document, number: int) -> tuple[int, int, int]:
    """Return the places of agent, scenario and model of a combination.

    Raises IndexError beyond the last.
    """
    if "assignments" in job:
        row = job["assignments"][number]
        agent, scenario, model = (row[axis] for axis in AXES) if isinstance(row, dict) else row
        return agent, scenario, model
    agents, scenarios, models = (max(1, len(job[f"{axis}s"])) for axis in AXES)
    rest, model = divmod(number, models)
    agent, scenario = divmod(rest, scenarios)
    if agent >= agents:
        raise IndexError(number)
    return agent, scenario, model
