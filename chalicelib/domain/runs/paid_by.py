"""Who paid for a run's answers: its account, in credits, or whoever has the keys that it used."""

from chalicelib.domain.credits.money import Usage, shares
from chalicelib.domain.jobs.history import PaidBy
from chalicelib.domain.providers.key_source import HOUSE
from chalicelib.domain.runs.run import Run

MOST_TOLD = 20
"""Services in a history item; edsl has fewer."""
MOST_IN_SENTENCE = 3


def costs(run: Run) -> list[tuple[Usage, int, str]]:
    """Return a run's usages, each with its part of the run's cost and with whose key it was made.

    The parts add up to the cost. What other keys than the house's were used for cost nothing.
    """
    own = {source.service: source.told for source in run.key_sources}
    parts = iter(shares(run.house_usages, run.cost))
    return [
        (usage, 0, own[usage.service]) if usage.service in own else (usage, next(parts), HOUSE)
        for usage in run.usages
    ]


def paid_by(run: Run) -> list[PaidBy]:
    """Return who paid for a run's answers, a line a service, in order of their names."""
    told: dict[str, PaidBy] = {}
    for usage, cost, source in costs(run):
        line = told.setdefault(usage.service, {"service": usage.service, "source": source, "units": 0})
        line["units"] += cost
    return [told[service] for service in sorted(told)][:MOST_TOLD]


def paid_sentence(run: Run) -> str:
    """Say which answers cost no credits, with a space before it; nothing where all were the house's."""
    own = [line for line in paid_by(run) if line["source"] != HOUSE]
    if not own:
        return ""
    told = [f"{line['service']} with {line['source']}" for line in own[:MOST_IN_SENTENCE]]
    more = f", and {len(own) - MOST_IN_SENTENCE} more services" if len(own) > MOST_IN_SENTENCE else ""
    return f" Without credits: {', '.join(told)}{more}."
