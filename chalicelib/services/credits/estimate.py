"""What a job will cost: told to who asks before sending it, and to the dispatcher that is to hold it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotAnEdslJobError
from chalicelib.domain.estimates.accuracy import Accuracy
from chalicelib.domain.estimates.asked import Sample
from chalicelib.domain.estimates.estimate import Estimate, estimate
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.combinations import LISTS, Triple, product_of, triple_of
from chalicelib.domain.plans.plan import ASSIGNMENTS, Plan
from chalicelib.domain.providers.account_keys import sources_among
from chalicelib.domain.providers.service import ModelUse
from chalicelib.releases.prepare import default_models, prepared_model
from chalicelib.releases.release import Release, release_of
from chalicelib.services.accounts.changing import account_of
from chalicelib.services.credits.accuracy import earlier_runs
from chalicelib.services.credits.prices import current_prices, prices_of
from chalicelib.services.job_files.inline import read_inline
from chalicelib.services.vault.use import usable_of

ROWS = 2000
"""Of a list, that an estimate looks at; the first of them, as the dispatcher has them at hand."""


@dataclass(frozen=True)
class Told:
    """An estimate, and how earlier ones of its models did."""

    estimate: Estimate
    earlier: Mapping[ModelUse, Accuracy]


def told_of_payload(account: Caller, payload: str, iterations: int) -> Told:
    """Estimate a job that is not sent yet, and say how well that went so far. Raises as the estimate does."""
    made = estimate_of_payload(account, payload, iterations)
    return Told(made, earlier_runs(ModelUse(service, model) for service, model in made.models))


def estimate_of_payload(account: Caller, payload: str, iterations: int) -> Estimate:
    """Estimate a job that is not sent yet, by the prices in force and the account's own keys.

    Raises NotAnEdslJobError, TooLargeError.
    """
    _, document = read_inline(payload, done="estimates")
    listed = document.get(ASSIGNMENTS)
    if listed is not None and not isinstance(listed, list):
        raise NotAnEdslJobError("The payload is not an EDSL job: its assignments are not a list.")
    counts = {name: len(document[name]) for name in LISTS}
    table = current_prices()
    found = estimate(
        Sample(
            survey=document["survey"],
            models=_models(document["models"], _release(document)),
            agents=document["agents"][:ROWS],
            scenarios=document["scenarios"][:ROWS],
            interviews=(product_of(counts) if listed is None else len(listed)) * iterations,
            triples=[triple_of(row, number) for number, row in enumerate(listed or ())],
            whole=max(counts["agents"], counts["scenarios"]) <= ROWS,
            filtered=bool(document.get("include_expression")) and listed is None,
            may_be_cached=account_of(account).remote_caching,
        ),
        table.without({source.service for source in sources_among(usable_of(account.account_id))}),
    )
    return replace(found, revision=table.revision)


def estimate_of_plan(
    plan: Plan,
    first: Mapping[str, Sequence[Document]],
    *,
    interviews: int,
    may_be_cached: bool,
    revision: str,
    free: Collection[str] = (),
) -> Estimate:
    """Estimate a planned job by its run's prices.

    ``first`` are the first rows of its lists and all its models. Expected and upper bound are what a
    dispatcher is to hold, in hundredths of a credit. ``free`` are services that cost none.
    """
    return estimate(
        Sample(
            survey=plan.survey,
            models=first["models"],
            agents=first["agents"][:ROWS],
            scenarios=first["scenarios"][:ROWS],
            interviews=interviews,
            triples=_triples(plan),
            whole=all(len(first[name]) >= plan.counts[name] for name in ("agents", "scenarios")),
            may_be_cached=may_be_cached,
        ),
        prices_of(revision).without(free),
    )


def _triples(plan: Plan) -> list[Triple]:
    """Return the combinations that a plan has at hand; those in a file are taken for the product's."""
    listed = plan.lists.get(ASSIGNMENTS)
    return [triple_of(row, number) for number, row in enumerate((listed and listed.rows) or ())]


def _models(sent: Sequence[Document], release: Release) -> list[Document]:
    return [prepared_model(model, release) for model in sent] or default_models(release)


def _release(document: Mapping[str, Any]) -> Release:
    """Return the release that a job says it was written by; its request does not say."""
    version = document.get("edsl_version")
    return release_of(version if isinstance(version, str) else "")
