"""Estimates are EDSL's own, which renders every prompt for them (client contract, section 5)."""

import json
from typing import Any

import pytest
from edsl import Jobs, QuestionMultipleChoice, Survey
from edsl.jobs.jobs_pricing_estimation import JobsPrompts
from edsl.questions import QuestionBase, RegisterQuestionsMeta

from chalicelib.domain.estimates.asked import Sample
from chalicelib.domain.estimates.estimate import Estimate, estimate
from chalicelib.domain.estimates.frames import FREE
from chalicelib.domain.plans.combinations import triple_of
from chalicelib.domain.prices.table import Price, PriceTable
from chalicelib.releases.prepare import default_models
from chalicelib.releases.release import RELEASES
from tests.support.shapes import SHAPES

GPT_4O = PriceTable((Price("openai", "gpt-4o", "2.5", "10"),))
LOOKUP = {("openai", "gpt-4o"): {kind: GPT_4O.prices[0].stated(kind) for kind in ("input", "output")}}
OTHERWISE = {
    # What edsl does not know of, or takes nothing for: files, and questions that are many calls.
    *("image_file", "text_file", "scenarios_with_different_keys", "interview"),
    # Prompts of a few characters, where one more makes a quarter.
    *("skip_by_scenario", "scenario_of_many_kinds", "function_that_throws", "thinking", "free_text"),
    # Nothing is asked here, but edsl takes a token each.
    *("random_number", "message_to_the_respondent"),
}
"""Shapes of which the estimate may be further away."""
NEAR = 0.06


def ours(job: Any, iterations: int = 1, table: PriceTable = GPT_4O) -> Estimate:
    document = json.loads(json.dumps(job.to_dict()))
    listed = [triple_of(row, number) for number, row in enumerate(document.get("assignments") or ())]
    return estimate(
        Sample(
            document["survey"],
            document["models"] or default_models(RELEASES[-1]),
            document["agents"],
            document["scenarios"],
            len(job.interviews()) * iterations,
            listed,
        ),
        table,
    )


def edsls(job: Any, iterations: int = 1) -> dict[str, Any]:
    said: dict[str, Any] = JobsPrompts.from_jobs(job).estimate_job_cost_from_external_prices(
        LOOKUP, iterations
    )
    return said


def test_the_examples_cost_what_upstream_says() -> None:
    job = Jobs.from_dict(Jobs.example().to_dict())
    assert ours(job).expected == 78
    assert edsls(job)["total_credits_hold"] == pytest.approx(0.78)
    one = Jobs(survey=Survey([QuestionMultipleChoice.example()]))
    assert ours(one).expected == 5
    assert edsls(one)["total_credits_hold"] == pytest.approx(0.05)


@pytest.mark.parametrize("name", sorted(set(SHAPES) - OTHERWISE))
def test_shapes_are_estimated_as_edsl_does(name: str) -> None:
    shape = SHAPES[name]
    job = shape.build()
    said, told = edsls(job, shape.iterations), ours(job, shape.iterations)
    assert told.input_tokens == pytest.approx(said["estimated_total_input_tokens"], rel=NEAR, abs=2)
    assert told.output_tokens == pytest.approx(said["estimated_total_output_tokens"], rel=NEAR, abs=2)


CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without a comment": {"include_comment": False},
    "with a comment": {"include_comment": True},
    "by code": {"use_code": True},
    "longer": {"question_text": "A text that is rather longer than that of the example, and says so."},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", sorted(set(RegisterQuestionsMeta.question_types_to_classes()) - FREE))
def test_the_words_around_each_type_are_edsls(kind: str, change: str) -> None:
    """Measured anew with the installed edsl: a release that words its prompts otherwise is noticed."""
    if kind == "interview":
        pytest.skip("edsl's estimate takes none of its calls into account")
    document = RegisterQuestionsMeta.question_types_to_classes()[kind].example().to_dict()
    try:
        question = QuestionBase.from_dict({**document, **CHANGES[change]})
    except Exception as error:  # noqa: BLE001 - of whatever kind edsl's own is
        assert "Unknown parameter" in str(error)  # noqa: PT017
        return
    job = Jobs(survey=Survey([question]))
    # 4 characters are a token: up to 6 of them more or less.
    assert ours(job).input_tokens == pytest.approx(edsls(job)["estimated_total_input_tokens"], abs=2)
