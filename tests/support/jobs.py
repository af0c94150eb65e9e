"""Jobs as clients would send them, small and without edsl."""

from typing import Any

Job = dict[str, Any]


def question(name: str, text: str = "How are you?") -> dict[str, Any]:
    return {"question_name": name, "question_text": text, "question_type": "free_text"}


def rule_collection(names: list[str]) -> dict[str, Any]:
    rules = [
        {
            "current_q": index,
            "expression": "True",
            "next_q": index + 1,
            "priority": -1,
            "before_rule": False,
            "question_name_to_index": {name: index for index, name in enumerate(names)},
        }
        for index in range(len(names))
    ]
    return {"rules": rules, "num_questions": len(names)}


def job(*, agents: int = 1, scenarios: int = 1, questions: tuple[str, ...] = ("q0",), **model: Any) -> Job:
    return {
        "survey": {
            "questions": [question(name) for name in questions],
            "memory_plan": {
                "survey_question_names": list(questions),
                "survey_question_texts": ["How are you?"] * len(questions),
                "data": {},
            },
            "rule_collection": rule_collection(list(questions)),
            "question_groups": {},
            "edsl_version": "1.0.9",
            "edsl_class_name": "Survey",
        },
        "agents": [{"traits": {"number": index}} for index in range(agents)],
        "models": [{"model": "test", "parameters": model, "inference_service": "test"}],
        "scenarios": [{"topic": f"topic {index}"} for index in range(scenarios)],
        "edsl_version": "1.0.9",
        "edsl_class_name": "Jobs",
    }
