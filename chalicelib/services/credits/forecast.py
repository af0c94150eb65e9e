"""What an interview of a job is expected to cost, and the most that it can."""

import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from chalicelib.domain.credits.expected import dearest
from chalicelib.domain.credits.funding import FINE, Forecast
from chalicelib.domain.estimates.asked import most_output
from chalicelib.domain.estimates.bounds import Priced, Sizes, bound
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.prices.table import PriceTable
from chalicelib.domain.providers.asked import brought_models, models_in
from chalicelib.services.credits.estimate import estimate_of_plan
from chalicelib.services.credits.prices import prices_of
from chalicelib.services.deps import deps


def forecast_of(
    plan: Plan,
    first: Mapping[str, Sequence[Document]],
    *,
    interviews: int,
    revision: str,
    free: Collection[str] = (),
) -> Forecast | None:
    """Return what an interview of a planned job costs by a table of prices; None: nobody is charged here.

    ``first`` are the first rows of its lists and all its models, ``free`` the services that it asks with keys
    of accounts. Where a question does not say which model it asks, no service counts as free.
    """
    if not charges():
        return None
    brought = brought_models(plan.survey).values()
    if any(not use.service for use in brought):
        free = ()
    expected = estimate_of_plan(
        plan, first, interviews=interviews, may_be_cached=False, revision=revision, free=free
    )
    table = prices_of(revision).without(free)
    models = [
        *models_in({"models": first["models"], "survey": plan.survey}),
        *({"inference_service": use.service, "model": use.model} for use in brought),
    ]
    most = bound(_sizes(plan), [_priced(model, table) for model in models])
    return Forecast(expected.expected * FINE // interviews, most, dearest(expected.lines), interviews)


def _sizes(plan: Plan) -> Sizes:
    rows = [plan.lists[name] for name in ("agents", "scenarios") if name in plan.lists]
    return Sizes(
        [len(json.dumps(question)) for question in plan.survey.get("questions") or ()],
        largest=sum(row.largest for row in rows),
    )


def _priced(model: Document, table: PriceTable) -> Priced:
    price = table.price_of(str(model.get("inference_service")), str(model.get("model")))
    return Priced(most_output(model), Decimal(price.input), Decimal(price.output))


def charges() -> bool:
    """Tell whether this stage charges accounts at all."""
    return deps().settings.credits == "on"
