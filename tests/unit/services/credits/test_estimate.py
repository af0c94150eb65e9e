"""What a dispatcher is told a job will cost, beside what its client was told before."""

import json
import time
from typing import Any

from chalicelib.domain.accounts import Caller
from chalicelib.domain.estimates.estimate import Estimate
from chalicelib.domain.plans.plan import Plan
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.release import release_of
from chalicelib.services.credits.estimate import estimate_of_payload, estimate_of_plan
from chalicelib.services.credits.prices import current_prices
from chalicelib.services.planning.split import Splitter
from tests.support.jobs import job
from tests.support.stage import Stage


def planned(stage: Stage, document: dict[str, Any], interviews: int) -> tuple[Estimate, float]:
    """Return what is told of a plan, and how many seconds that took."""
    files = JobKeys(stage.account.account_id, "a-job")
    split = Splitter(files, release_of("1.0.9")).split([json.dumps(document).encode()])
    plan = Plan(split.survey, split.lists)
    revision = current_prices().revision
    begun = time.perf_counter()
    found = estimate_of_plan(plan, split.first, interviews=interviews, may_be_cached=True, revision=revision)
    return found, time.perf_counter() - begun


def told(stage: Stage, document: dict[str, Any]) -> Estimate:
    return estimate_of_payload(Caller(stage.account.account_id), json.dumps(document), 1)


def test_a_dispatcher_is_told_what_its_client_was(stage: Stage) -> None:
    document = job(agents=3, scenarios=5, questions=("a", "b"))
    found, seconds = planned(stage, document, 15)
    assert found == told(stage, document)
    assert 0 < found.expected < found.upper
    assert seconds < 0.1


def test_of_a_job_that_lists_its_combinations_only_these_count(stage: Stage) -> None:
    document = job(agents=3, scenarios=5)
    document["assignments"] = [
        {"agent": 2, "scenario": 4, "model": 0},
        {"agent": 0, "scenario": 0, "model": 0},
    ]
    found, _ = planned(stage, document, 2)
    assert found == told(stage, document)
    assert found.interviews == 2
    assert found.input_tokens < told(stage, job(agents=3, scenarios=5)).input_tokens


def test_rows_beyond_the_first_are_stood_for(stage: Stage) -> None:
    document = job(agents=1, scenarios=2500)
    found, _ = planned(stage, document, 2500)
    assert found.sampled == 2000
    assert found == told(stage, document)
