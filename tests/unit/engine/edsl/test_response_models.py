"""Response models made once check answers as those made anew."""

from typing import Any

import pytest
from edsl.questions import QuestionBase, QuestionCheckBox, QuestionFreeText, QuestionMultipleChoice
from edsl.questions.exceptions import QuestionAnswerValidationError

from chalicelib.engine.edsl.response_models import RememberingQuestions
from tests.support.shapes import shapes


def choice(*options: Any) -> dict[str, Any]:
    data: dict[str, Any] = QuestionMultipleChoice("q", "Which?", question_options=list(options)).to_dict()
    return data


def test_equal_questions_share_a_model() -> None:
    questions = RememberingQuestions()
    first, second = (questions.from_dict(choice("a", "b")) for _ in range(2))
    assert first is not second
    assert first.response_model is second.response_model
    assert len(questions) == 1


def test_different_questions_do_not() -> None:
    questions = RememberingQuestions()
    several = [choice(1, 2), choice("1", "2"), choice(1.5, 2.5), choice(True, 2), choice(2, 1)]
    several.append(QuestionCheckBox("q", "Which?", question_options=["1", "2"]).to_dict())
    models = [questions.from_dict(data).response_model for data in several]
    assert len(set(map(id, models))) == len(several)


def test_wrong_answers_stay_wrong() -> None:
    questions = RememberingQuestions()
    for _ in range(2):
        question = questions.from_dict(choice("a", "b"))
        assert question._validate_answer({"answer": "a"})["answer"] == "a"
        with pytest.raises(QuestionAnswerValidationError):
            question._validate_answer({"answer": "z"})


def test_a_question_says_nothing_more_of_itself() -> None:
    data = choice("a", "b")
    assert RememberingQuestions().from_dict(data).to_dict() == data


def test_questions_with_a_model_of_their_kind_keep_it() -> None:
    questions = RememberingQuestions()
    data = QuestionFreeText("q", "How?").to_dict()
    assert questions.from_dict(data).response_model is QuestionFreeText._response_model
    assert len(questions) == 0


@pytest.mark.parametrize("shape", shapes().values(), ids=shapes())
def test_every_kind_of_question_loads_with_the_same_model(shape: Any) -> None:
    questions = RememberingQuestions()
    for question in shape.build().survey.questions:
        data = question.to_dict()
        for _ in range(2):
            ours, theirs = questions.from_dict(data), QuestionBase.from_dict(data)
            assert schema_of(ours) == schema_of(theirs)


def schema_of(question: Any) -> Any:
    try:
        return question.response_model.model_json_schema()
    except Exception as error:  # noqa: BLE001  # whatever edsl raises, both must
        return type(error)
