"""What a list of jobs is asked for."""

from dataclasses import dataclass

from chalicelib.domain.status import JobStatus


@dataclass(frozen=True)
class JobQuery:
    """Which jobs, and in which order."""

    statuses: frozenset[JobStatus] = frozenset()
    """None: any."""
    words: str = ""
    """Which a job's id or description has, in capitals or not."""
    ascending: bool = False
    """Oldest first."""
    made_from: int | None = None
    """Only those made then or later, in milliseconds since 1970."""
    made_before: int | None = None
    """Only those made earlier than that."""

    @property
    def everything(self) -> bool:
        """Tell whether no job of its time is left out."""
        return not self.statuses and not self.words
