"""How a job is cut into slices, by the product's own rules and its settings as they come."""

import math
from dataclasses import dataclass

from chalicelib.domain.runs.sizing import interviews_in_time, slice_size
from chalicelib.settings import Settings


@dataclass(frozen=True)
class Asked:
    """A job to be billed."""

    interviews: int
    questions: int
    seconds_per_call: float
    entry_bytes: int = 1500
    cached: bool = True

    @property
    def calls(self) -> int:
        """Return how many answers it needs."""
        return self.interviews * self.questions


def setting(name: str) -> float:
    """Return what a stage has that does not say otherwise."""
    return float(Settings.model_fields[name].default)


def window() -> int:
    """Return how many slices of a run are open at once."""
    return int(setting("window"))


def largest_slice(asked: Asked) -> int:
    """Return the size of a job's slices, where its services take as many calls as a worker makes."""
    size = slice_size(
        asked.interviews,
        workers_to_fill=int(setting("workers_to_fill")),
        smallest=max(
            int(setting("smallest_slice")), math.ceil(setting("questions_to_share") / asked.questions)
        ),
        largest=min(
            int(setting("slice_size")),
            max(1, int(setting("calls_per_slice")) // asked.questions),
            interviews_in_time(
                questions=asked.questions,
                calls_at_once=int(setting("calls_in_flight")),
                # What the operator says of a service that takes longer than is usual.
                seconds_per_call=max(asked.seconds_per_call, setting("call_seconds")),
                worker_seconds=setting("worker_seconds"),
            ),
        ),
    )
    return min(size, asked.interviews)


def slices_of(asked: Asked) -> int:
    """Return how many slices a job has."""
    return math.ceil(asked.interviews / largest_slice(asked))


def waiting_seconds(asked: Asked) -> float:
    """Return how long a slice's worker waits for models, where each question waits for the one before."""
    rounds = max(1.0, largest_slice(asked) / setting("calls_in_flight"))
    return asked.questions * asked.seconds_per_call * rounds
