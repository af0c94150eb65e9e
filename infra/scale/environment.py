"""What one worker's environment holds at the most: jails, callers, connections."""

from dataclasses import dataclass

from chalicelib.services.running.invocation import MOST_DRAINING
from infra.bill.planned import setting
from infra.scale.published import Published

OTHER_DESCRIPTORS = 100
"""Of a worker beside its calls: connections of its own, pipes, files; about."""
PROCESSES_A_SLICE = 2
"""A jail and a caller."""
KEPT_PROCESSES = 3
"""The function, its fork server, and what waits to be forked."""


@dataclass(frozen=True)
class Held:
    """One kind of thing: how many there are at the most, and how many AWS allows."""

    name: str
    most: int
    allowed: int


def held_by_an_environment(published: Published) -> list[Held]:
    """Return what there is in an environment that runs a slice while others come to their end beside it."""
    slices = 1 + MOST_DRAINING
    calls = slices * int(setting("calls_in_flight"))
    return [
        Held(
            "processes: jails, callers and what forks them",
            slices * PROCESSES_A_SLICE + KEPT_PROCESSES,
            published.processes,
        ),
        Held(
            "connections to models and other open files",
            calls + OTHER_DESCRIPTORS,
            published.file_descriptors,
        ),
    ]
