"""What a run has cost beside what it was expected to, by model and kind of token."""

from dataclasses import dataclass

from chalicelib.domain.credits.expected import ExpectedTokens
from chalicelib.domain.credits.funding import Forecast
from chalicelib.domain.credits.money import Usage
from chalicelib.domain.runs.paid_by import costs
from chalicelib.domain.runs.run import Run


@dataclass(frozen=True)
class CostLine:
    """Tokens of one kind of one model. Amounts are hundredths of a credit."""

    service: str
    model: str
    token_type: str
    expected: ExpectedTokens | None
    """None: nobody has estimated it, or it stands in the line before."""
    usage: Usage | None
    """None: none were paid for so far."""
    units: int = 0
    source: str = ""
    """With whose key they were paid for."""


def cost_lines(run: Run) -> list[CostLine]:
    """Return a run's costs, those that were only expected at the end."""
    forecast = run.funding.forecast if run.funding else Forecast(0, 0)
    expected = {
        (line.service, line.model, line.token_type): line.part(run.total, forecast.interviews)
        for line in forecast.lines
    }
    lines = []
    for usage, units, source in costs(run):
        name = (usage.service, usage.model, usage.token_type)
        lines.append(CostLine(*name, expected.pop(name, None), usage, units, source))
    return lines + [CostLine(*name, each, None) for name, each in expected.items()]
