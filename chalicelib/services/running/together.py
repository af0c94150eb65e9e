"""Interviews of a slice that the engine is asked for in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Together:
    """Interviews that are asked in one go, and how often an engine has died of them."""

    indices: Sequence[int]
    deaths: int = 0

    def halves(self) -> list["Together"]:
        """Return them in two parts, the first one last: so ``extendleft`` puts it first."""
        middle = len(self.indices) // 2
        return [replace(self, indices=self.indices[middle:]), replace(self, indices=self.indices[:middle])]
