"""What a job is expected to use before it is run, model by model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_LINES = 40
"""So many are kept with a run, the dearest ones, so that its item stays small whatever the job does."""


@dataclass(frozen=True)
class ExpectedTokens:
    """Tokens of one kind of one model, and what they are expected to cost, in hundredths of a credit."""

    service: str
    model: str
    token_type: str
    tokens: int
    units: int

    def part(self, interviews: int, of: int) -> "ExpectedTokens":
        """Return what of it so many interviews are expected to use, if all of them use it; rounded up."""
        if not of or interviews == of:
            return self
        share = (-(-each * interviews // of) for each in (self.tokens, self.units))
        tokens, units = share
        return replace(self, tokens=tokens, units=units)


def dearest(lines: Sequence[ExpectedTokens]) -> tuple[ExpectedTokens, ...]:
    """Return as many lines as are kept, in the order in which they came."""
    ranks = sorted(range(len(lines)), key=lambda place: (-lines[place].units, -lines[place].tokens, place))
    return tuple(lines[place] for place in sorted(ranks[:MOST_LINES]))
