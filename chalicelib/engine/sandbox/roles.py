"""What a child is for, and what it may use for that: the worker says so when it has it forked."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from chalicelib.domain.json_types import Document


class Role(StrEnum):
    """The two kinds of children. None is both."""

    JAIL = "jail"
    """Has to do with jobs, and never with a key or a network."""
    CALLER = "caller"
    """Has keys and a network, and never anything to do with a job."""


@dataclass(frozen=True)
class Limits:
    """What one child may use."""

    processor_seconds: float
    memory_bytes: int

    def to_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, said: Document) -> Self:
        """Return what ``to_dict`` gave."""
        return cls(**said)
