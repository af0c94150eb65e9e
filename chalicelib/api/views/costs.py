"""Estimates, as clients of all releases read them."""

import math

from chalicelib.domain.credits.money import UNITS_PER_CREDIT, UNITS_PER_USD
from chalicelib.domain.estimates.estimate import Estimate
from chalicelib.domain.json_types import Document
from chalicelib.services.credits.estimate import Told

REASONING = (
    "{} may think before answering. These tokens are paid like an answer's, and nobody knows beforehand how "
    "many they are: the expected cost has none of them, the upper bound has as many as the model may use."
)
UNPRICED = (
    "Nobody knows the price of {}. It is taken to cost what the dearest model of its service does, or US$1 "
    "per million tokens. The operator can give its price."
)


def estimated(told: Told) -> Document:
    """Return what ``POST remote-inference/cost`` answers (client contract, section 5)."""
    estimate = told.estimate
    return {
        "cost": math.ceil(estimate.expected / UNITS_PER_CREDIT),
        "cost_in_credits": _credits(estimate.expected),
        "cost_in_usd": _usd(estimate.expected),
        "estimate_kind": "range",
        "lower_bound_usd": _usd(estimate.lower),
        "expected_usd": _usd(estimate.expected),
        "upper_bound_usd": _usd(estimate.upper),
        "lower_bound_credits": _credits(estimate.lower),
        "expected_credits": _credits(estimate.expected),
        "upper_bound_credits": _credits(estimate.upper),
        "assumptions": {**_assumptions(estimate), "earlier_estimates": _earlier(told)},
        "pricing_revision": estimate.revision,
        "warnings": _warnings(estimate),
    }


def _assumptions(estimate: Estimate) -> Document:
    return {
        "interviews": estimate.interviews,
        "sample": f"{estimate.sampled:,} combinations of agent and scenario stand for all."
        if estimate.sampled
        else "All agents and scenarios were looked at.",
        "ordinary_input_tokens": f"{estimate.input_tokens:,}: four characters a token, double where a prompt "
        "has something that is known only later.",
        "visible_output_tokens": f"{estimate.output_tokens:,}: three quarters of each prompt's.",
        "cached_input_tokens": "priced like others",
        "reasoning_tokens": {
            "included_in_point_estimate": not estimate.reasoning,
            "models": [
                {"inference_service": service, "model": model} for service, model in estimate.reasoning
            ],
        },
        "lower_bound": "Everything is answered from the cache."
        if estimate.may_be_cached
        else "Answers are as short as can be, and questions that may be skipped are.",
        "upper_bound": "Prompts have two bytes a token, answers are as long as the model may make them, and "
        "each question is asked twice.",
        "pricing_revision": estimate.revision,
    }


def _earlier(told: Told) -> list[str]:
    return [
        f"{accuracy.runs:,} runs of {use.model} ({use.service}) cost {accuracy.percent}% of what was expected"
        for use, accuracy in told.earlier.items()
    ]


def _warnings(estimate: Estimate) -> list[str]:
    warnings = [REASONING.format(_names(estimate.reasoning))] if estimate.reasoning else []
    if estimate.unpriced:
        warnings.append(UNPRICED.format(_names(estimate.unpriced)))
    if estimate.skips:
        warnings.append("The survey's rules may skip questions. The expected cost has all of them.")
    if estimate.filtered:
        warnings.append("The job's include_expression may leave out interviews. All are counted here.")
    if estimate.has_files:
        warnings.append("Files are taken roughly: an image or a PDF for 1,000 tokens, others for their text.")
    return warnings


def _names(models: tuple[tuple[str, str], ...]) -> str:
    named = [f"{model} ({service})" for service, model in models[:5]]
    more = len(models) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")


def _credits(units: int) -> float:
    return units / UNITS_PER_CREDIT


def _usd(units: int) -> float:
    return units / UNITS_PER_USD
