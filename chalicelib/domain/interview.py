"""What the survey engine is asked and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
Document = dict[str, Json]


@dataclass(frozen=True)
class Service:
    """One row of the operator's table: where an inference service is and which key it takes.

    ``url`` None means the provider's own address. A job can name a service, never an address.
    """

    name: str
    url: str | None = None
    key: str | None = None
    calls_in_flight: int | None = None
    """At most so many calls at once from one worker; None: as many as the stage allows."""


@dataclass(frozen=True)
class ModelUse:
    """A model that a job asks for."""

    service: str
    model: str


@dataclass(frozen=True)
class Inspection:
    """What loading a job tells about it, nothing of it being run.

    ``combinations`` counts agent × scenario × model rows (or assignments), before iterations.
    """

    combinations: int
    questions: int
    models: tuple[ModelUse, ...]


@dataclass(frozen=True)
class SliceOrder:
    """Run the interviews ``start <= index < stop`` of a job.

    The index counts combinations in edsl's order (agent, scenario, model), and within each
    combination its iterations: ``index = combination * iterations + iteration``.
    """

    job: Document
    start: int
    stop: int
    iterations: int = 1
    fresh: bool = False
    seconds: float = 600.0
    """For the whole slice, after which unfinished interviews are answered with an exception."""
    interview_seconds: float = 300.0
    calls_in_flight: int = 50
    services: tuple[Service, ...] = ()
    lift_test_model_limit: bool = False
    seed: str = ""
    """Random draws of an interview start from this and its index. Empty stands for a digest of the
    whole job, which takes reading it: whoever knows the job by a name had better give that."""


@dataclass(frozen=True)
class InterviewRow:
    """One interview as it came out: a canonical row.

    ``row`` is edsl 1.0.9's ``Result.to_dict()``. ``exceptions`` maps a question's name to
    edsl's exception entries (``{"exception": {"type", "message", …}, …}``); an interview is
    good when it is empty.
    """

    index: int
    row: Document
    exceptions: Mapping[str, list[Document]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Tell whether every question was answered or rightly skipped."""
        return not self.exceptions
