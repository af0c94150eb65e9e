"""What an interview of a job is expected to cost, and the most that it can."""

import json
from collections.abc import Collection, Sequence
from decimal import Decimal

from chalicelib.domain.credits.bounds import Priced, Sizes, forecast, most_of_an_answer
from chalicelib.domain.credits.funding import Forecast
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.providers.asked import are_all_of
from chalicelib.domain.providers.service import Service
from chalicelib.services.deps import deps


def forecast_of(
    plan: Plan, models: Sequence[Document], _: Sequence[Service], *, free: Collection[str] = ()
) -> Forecast | None:
    """Return what an interview of a planned job costs; None: nobody is charged here.

    ``free`` are the services that it asks with keys of accounts. Where a question brings another one's model
    along, no model counts as free: it is asked in each interview, whatever the interview's own.
    """
    if deps().settings.credits == "off":
        return None
    if not are_all_of(free, plan.survey):
        free = ()
    return forecast(_sizes(plan), [_priced(model, free) for model in models])


def _sizes(plan: Plan) -> Sizes:
    rows = [plan.lists[name] for name in ("agents", "scenarios") if name in plan.lists]
    return Sizes(
        [len(json.dumps(question)) for question in plan.survey.get("questions") or ()],
        largest=sum(row.largest for row in rows),
        usual=sum(row.size // max(1, row.count) for row in rows),
    )


def _priced(model: Document, free: Collection[str]) -> Priced:
    price = Decimal(0) if model.get("inference_service") in free else Decimal(1)
    return Priced(most_of_an_answer(model.get("parameters")), price, price)
