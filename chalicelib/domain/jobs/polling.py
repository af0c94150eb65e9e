"""What is kept of those who ask again and again how a job stands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LastAnswer:
    """The last answer to a client that may wait for a job's end."""

    at: int
    """Milliseconds since 1970."""


@dataclass(frozen=True)
class HeldRequest:
    """A status request that waits for its job's end."""

    job_id: str
    until: int
    """Milliseconds since 1970: then it is answered, or whoever held it is dead."""


@dataclass(frozen=True)
class OpenRuns:
    """How many jobs the sweeper last found queued or being run."""

    count: int
