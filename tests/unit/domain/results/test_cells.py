"""An interview's row, laid flat."""

from typing import Any

from chalicelib.domain.results.cells import cells_of
from chalicelib.domain.results.rows import InterviewRow

ROW: dict[str, Any] = {
    "agent": {"traits": {"age": 22, "agent_name": "of a trait"}, "name": "Ada"},
    "scenario": {"topic": "tea", "edsl_version": "1.0.9", "edsl_class_name": "Scenario"},
    "model": {
        "model": "m",
        "inference_service": "s",
        "parameters": {"temperature": 0.5, "model": "of a parameter"},
    },
    "iteration": 1,
    "answer": {"q": ["a", "b"], "r": None},
    "comments_dict": {"q_comment": "Both.", "r_comment": None},
    "cache_used_dict": {"q": True, "r": False},
    "raw_model_response": {
        "q_raw_model_response": {"usage": {}},
        "q_input_tokens": 10,
        "r_input_tokens": 5,
        "q_output_tokens": None,
        "q_cost": 0.5,
        "r_cost": "unknown",
    },
}


def flat(row: dict[str, Any], exceptions: Any = None) -> dict[str, Any]:
    return {str(name): value for name, value in cells_of(InterviewRow(7, row, exceptions or {}))}


def test_columns_are_called_as_edsl_calls_them() -> None:
    assert flat(ROW, {"r": [{"exception": {"type": "Early"}}, {"exception": {"type": "Late"}}]}) == {
        "answer.q": ["a", "b"],
        "answer.r": None,
        "comment.q": "Both.",
        "comment.r": None,
        "problem.r": "Late",
        "agent.agent_name": "Ada",
        "agent.age": 22,
        "scenario.topic": "tea",
        "model.model": "m",
        "model.inference_service": "s",
        "model.temperature": 0.5,
        "interview.index": 7,
        "interview.failed": 1,
        "interview.iteration": 1,
        "interview.cached": ["q"],
        "interview.input_tokens": 15,
        "interview.cost": 0.5,
    }


def test_a_row_of_which_nothing_came_out_has_an_index() -> None:
    told = flat({}, {"": [{}]})
    assert (told["interview.index"], told["problem."]) == (7, "unknown")
    odd = flat(
        {"answer": [], "agent": "Ada", "scenario": None, "raw_model_response": 3}, {"q": ["no object"]}
    )
    assert (odd["interview.failed"], odd["problem.q"]) == (1, "unknown")


def test_of_a_file_there_is_what_it_is() -> None:
    file = {"base64_string": "A" * 1000, "mime_type": "image/png", "path": "cat.png", "suffix": "png"}
    assert flat({"scenario": {"picture": file}})["scenario.picture"] == "cat.png image/png"
    assert flat({"scenario": file})["scenario.file"] == "cat.png image/png"
