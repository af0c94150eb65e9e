"""One thing that Perch wants to reach, and whether a run of the bench did. Never a timed test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One target; ``met`` None: this run did not measure it."""

    name: str
    wanted: str
    reached: str
    met: bool | None


NOT_MEASURED = "not measured"


def below(name: str, value: float | None, limit: float, unit: str) -> Target:
    """Return the target of a value that is to stay below a limit."""
    wanted = f"< {limit:g} {unit}"
    if value is None:
        return Target(name, wanted, NOT_MEASURED, None)
    return Target(name, wanted, f"{value:.3g} {unit}", value < limit)
