"""What clients tell of what they do on their own machines: how a run gets on there, and errors it met.

A client that runs a survey itself with ``progress_bar=True`` tells every second how far it is (0.1.38 and
later), and 1.0.9 sends each error of a model that it asked itself.
"""

from dataclasses import dataclass

DAY_MILLISECONDS = 86_400_000
RUN_KEPT_DAYS = 7
ERROR_KEPT_DAYS = 30


@dataclass(frozen=True)
class ModelProgress:
    """How far the interviews of one model are."""

    model: str
    completed: int
    total: int


@dataclass(frozen=True)
class ExceptionsMet:
    """How often one question of a model met a kind of exception."""

    kind: str
    service: str
    model: str
    question: str
    count: int


@dataclass(frozen=True)
class LocalProgress:
    """How far a local run is, as its client last told."""

    completed: int
    """Interviews."""
    total: int
    with_exceptions: int
    """Of those that are completed."""
    ended: bool
    models: tuple[ModelProgress, ...]
    exceptions: tuple[ExceptionsMet, ...]


@dataclass(frozen=True)
class LocalRun:
    """A run on its owner's machine."""

    run_id: str
    """A UUID, which Perch gave."""
    begun_at: int
    """Milliseconds since 1970, as all times."""
    told_at: int
    progress: LocalProgress | None
    """None: nothing has been told yet."""

    @property
    def kept_until(self) -> int:
        """Return when it is forgotten."""
        return self.told_at + RUN_KEPT_DAYS * DAY_MILLISECONDS


@dataclass(frozen=True)
class ClientError:
    """An error that a client met on its owner's machine."""

    error_id: str
    """A UUID."""
    at: int
    """When it was told."""
    kind: str
    message: str
    trace: str
    release: str = ""
    """Of the client, where it says so."""

    @property
    def kept_until(self) -> int:
        """Return when it is forgotten."""
        return self.at + ERROR_KEPT_DAYS * DAY_MILLISECONDS
