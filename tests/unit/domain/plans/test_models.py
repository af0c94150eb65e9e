"""The models that a slice's order names prices of."""

from typing import Any

import pytest

from chalicelib.domain.plans.models import models_asked
from chalicelib.domain.providers.asked import DEFAULT
from chalicelib.domain.providers.service import ModelUse

OWN = {"model": "m", "inference_service": "xai"}


@pytest.mark.parametrize(
    ("models", "questions", "found"),
    [
        ([], [], []),
        ([OWN, OWN], [], [ModelUse("xai", "m")]),
        ([], [{"question_type": "thinking", "model": OWN}], [ModelUse("xai", "m")]),
        ([{"model": 1, "inference_service": "xai"}, {"model": "m"}], [None, {"model": "text"}], []),
        ([], None, []),
    ],
)
def test_models_of_jobs_and_of_questions_are_named_once(models: Any, questions: Any, found: Any) -> None:
    asked = models_asked({"models": models, "survey": {"questions": questions}})
    assert list(asked) == [*found, DEFAULT]
