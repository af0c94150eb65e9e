"""The large jobs of ``make bench-planning`` are jobs, of the size that they are said to have."""

import json

import pytest

from chalicelib.domain.plans.combinations import product_of
from chalicelib.releases.prepare import check_shape
from infra.bench.runs.plan_job import payload


@pytest.mark.parametrize("chosen", ["all", "assignments", "expression"])
def test_a_streamed_job_is_a_job(chosen: str) -> None:
    job = check_shape(json.loads("".join(payload(2, 3, chosen))))
    assert product_of({name: len(job[name]) for name in ("agents", "scenarios", "models")}) == 6
    assert len(job.get("assignments", [])) == (6 if chosen == "assignments" else 0)
    assert ("include_expression" in job) == (chosen == "expression")
