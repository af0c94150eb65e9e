"""What the survey engine is asked and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.domain.cache_entry import CacheEntry, NewEntry

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
    seconds_per_call: float | None = None
    """How long one call is expected to take; None: as long as the stage says."""


@dataclass(frozen=True)
class ModelUse:
    """A model that a job asks for."""

    service: str
    model: str


@dataclass(frozen=True)
class Inspection:
    """What loading a job tells about it, nothing of it being run."""

    questions: int
    models: tuple[ModelUse, ...]


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
class Excerpt:
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
        """Tell whether it has functions of its sender's, which run where the interviews do."""
        rows = (*self.document["survey"]["questions"], *self.document["agents"])
        # A row may be anything: whether it is an agent is found out where it is loaded.
        dictionaries = (row for row in rows if isinstance(row, dict))
        return any(key.endswith("source_code") and row[key] for row in dictionaries for key in row)


@dataclass(frozen=True)
class PaidAnswer:
    """One answer that a provider gave, whether or not it turned out to be a valid one.

    ``key`` is a digest of what was asked, ``number`` counts from 0 how often this interview has asked
    just that. ``response`` is the provider's answer as edsl's model returned it; ``seconds`` is how long
    it took.
    """

    index: int
    key: str
    number: int
    response: Json
    seconds: float = 0.0


@dataclass(frozen=True)
class SliceOrder:
    """Run the interviews of an excerpt.

    ``answers`` are those that the same interviews were given before, in an attempt that did not
    end: they are given again instead of asking and paying anew, in the same order. Answers of other
    interviews among them serve whoever asks just the same, as they would have without the interruption.
    """

    excerpt: Excerpt
    seed: str
    """Random draws of an interview start from this and its index: a redelivery asks the same. If the cache
    is read, so does the same survey sent again, or it would hardly ever find its own answers."""
    seconds: float = 600.0
    """For the whole slice. Nothing is started that would probably not end in this time; interviews
    that are not finished then are left for another attempt."""
    interview_seconds: float = 300.0
    calls_in_flight: int = 50
    services: tuple[Service, ...] = ()
    lift_test_model_limit: bool = False
    answers: tuple[PaidAnswer, ...] = ()
    reads_cache: bool = False
    """Ask for entries of the account's cache before a model is asked."""
    fills_cache: bool = False
    """Hand over each new valid answer for the account's cache."""


class Memory(Protocol):
    """What outlives a run of the engine: asked and told from threads of the engine's own.

    What these raise ends the run and is raised there.
    """

    def keep(self, answers: Sequence[PaidAnswer]) -> None:
        """Keep at most 25 paid answers, before anything is made of them (P3)."""
        ...

    def find(self, keys: Sequence[str]) -> Mapping[str, CacheEntry]:
        """Return those entries of the account's cache that there are, of at most 100 keys."""
        ...

    def add(self, entries: Sequence[NewEntry]) -> None:
        """Put at most 25 new entries into the account's cache."""
        ...


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
    cut_off: bool = False
    """Stopped before it was finished: what it was answered cost something, but it does not count."""
    retrieved: tuple[str, ...] = ()
    """Keys of the entries of the account's cache that it was answered from, one an answer."""

    @property
    def good(self) -> bool:
        """Tell whether every question was answered or rightly skipped."""
        return not self.exceptions
