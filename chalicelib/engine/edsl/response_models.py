"""What an answer may look like, built once a question and not once an answer.

edsl makes a pydantic class of a question's options each time it checks an answer, which takes
longer than the check. Only the executor's questions are concerned: it loads one of its stored
data, checks one answer with it and drops it.
"""

import json

from edsl.questions import QuestionBase
from edsl.runner import executor

from chalicelib.domain.json_types import Document
from chalicelib.engine.edsl.types import EdslObject

REMEMBERED = 512
KINDS = frozenset(
    {
        "budget",
        "checkbox",
        "likert_five",
        "linear_scale",
        "list",
        "matrix",
        "multiple_choice",
        "numerical",
        "rank",
        "top_k",
        "yes_no",
    }
)
"""Kinds of question whose response model is made of the question's data and of nothing else."""


class RememberingQuestions:
    """Stands where edsl's executor looks for ``QuestionBase``, of which it uses ``from_dict`` only."""

    def __init__(self) -> None:
        self._models: dict[str, EdslObject] = {}

    def __len__(self) -> int:
        return len(self._models)

    def from_dict(self, data: Document) -> EdslObject:
        """Return the question of this data, its response model made before where there is one."""
        question = QuestionBase.from_dict(data)
        if question._response_model is not None or question.question_type not in KINDS:
            return question
        try:
            key = json.dumps(data, sort_keys=True)
            model = self._models.get(key) or question.create_response_model()
        except Exception:  # noqa: BLE001  # what a stranger's options provoke, the check will meet again
            return question
        if len(self._models) < REMEMBERED:
            self._models[key] = model
        question.create_response_model = lambda *_: model
        return question


def install() -> None:
    """Have edsl's executor load its questions here."""
    executor.QuestionBase = RememberingQuestions()
