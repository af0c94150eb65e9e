"""Which walls stand around what strangers wrote: facts that a machine has found out about itself."""

from dataclasses import asdict, dataclass, field, fields
from typing import Self


@dataclass(frozen=True)
class Walls:
    """Which walls stand. Plain values, so that they can be written down."""

    seccomp: bool
    landlock: int
    """The version in force, 0 if there is none."""
    writes: bool
    """It may write in its directory."""
    own_user: bool
    own_network: bool
    limits: dict[str, int] = field(default_factory=dict)
    """By the names in ``rlimits.RESOURCES``; the address space is the whole of it."""

    def to_dict(self) -> dict[str, bool | int | dict[str, int]]:
        """Return it for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, said: dict[str, bool | int | dict[str, int]]) -> Self:
        """Return what ``to_dict`` gave; raises KeyError where it is not all there."""
        return cls(**{each.name: said[each.name] for each in fields(cls)})  # type: ignore[arg-type]


NO_WALLS = Walls(seccomp=False, landlock=0, writes=True, own_user=False, own_network=False)
"""What stands around a process on a machine that has not even those walls that all Linux machines have."""


@dataclass(frozen=True)
class WallsRecord:
    """Which walls stood around the jail of a function's process when that last said so."""

    function: str
    seen_at: int
    """Milliseconds since 1970."""
    walls: Walls
