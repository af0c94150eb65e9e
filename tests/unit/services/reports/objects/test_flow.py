"""How one gets through a survey, in words: as edsl's own surveys write it, and as strangers may."""

from typing import Any

import pytest

from chalicelib.services.reports.objects.conditions import in_words
from chalicelib.services.reports.objects.flow import FlowFacts, Memory, Step, StepKind, flow_of
from chalicelib.services.reports.questions import asked, questions_of


def survey(count: int = 5, **said: Any) -> dict[str, Any]:
    questions = [{"question_name": f"q{n}", "edsl_class_name": "QuestionBase"} for n in range(count)]
    return {"questions": questions, "memory_plan": {"data": {}}, "question_groups": {}, **said}


def rule(current: int, expression: str, leads_to: Any, **said: Any) -> dict[str, Any]:
    plain = {"current_q": current, "expression": expression, "next_q": leads_to, "priority": 0}
    return {**plain, "before_rule": False, **said}


def flow(document: dict[str, Any]) -> FlowFacts:
    return flow_of(document, tuple(questions_of({**document, "questions": asked(document)})))


def test_rules_are_told_in_words_and_the_first_that_counts_first() -> None:
    rules = [
        *(rule(place, "True", place + 1, priority=-1) for place in range(5)),
        rule(1, "{{ q1.answer }} == 'no'", 4),
        rule(1, "{{ q0.answer }} > 3", 3, priority=2),
        rule(2, "{{ q0.answer }} == 'no'", 3, before_rule=True),
        rule(3, "{{ scenario.end }}", "EndOfSurvey"),
        rule(4, "True", "EndOfSurvey", before_rule=True),
    ]
    assert flow(survey(rule_collection={"rules": rules})).steps == (
        Step(StepKind.JUMP, "q1", condition="the answer to q0 is more than 3", leads_to="q3"),
        Step(StepKind.JUMP, "q1", condition="the answer is 'no'", leads_to="q4"),
        Step(StepKind.SKIP, "q2", condition="the answer to q0 is 'no'", leads_to="q3"),
        Step(StepKind.END, "q3", condition="{{ scenario.end }}", is_code=True),
        Step(StepKind.SKIP, "q4"),
    )


def test_instructions_are_no_questions_and_hold_from_the_next_one_on() -> None:
    told = {"name": "i1", "text": "Be honest", "edsl_class_name": "Instruction"}
    change = {"keep": ["i2"], "drop": ["i1"], "edsl_class_name": "ChangeInstruction"}
    questions = survey(3)["questions"]
    among = [questions[0], told, questions[1], change, questions[2], told]
    rules = [*(rule(place, "True", place + 1) for place in range(3)), rule(1, "False", "EndOfSurvey")]
    found = flow(survey(questions=among, rule_collection={"rules": rules}))
    assert found.steps == (
        Step(StepKind.INSTRUCTION, "q1", text="Be honest", names=("i1",)),
        Step(StepKind.WITHOUT, "q2", names=("i1",)),
        Step(StepKind.STILL, "q2", names=("i2",)),
        Step(StepKind.END, "q1", condition="False", is_code=True),
    )


def test_groups_have_a_first_and_a_last_question() -> None:
    groups = {"start": [0, 1], "one": [2, 2], "none": [4, 9], "wrong": [1, 0], "odd": "01", "all": [0]}
    assert flow(survey(question_groups=groups)).steps == (
        Step(StepKind.GROUP, text="start", names=("q0", "q1")),
        Step(StepKind.GROUP, text="one", names=("q2",)),
    )


@pytest.mark.parametrize(
    ("told", "memory"),
    [
        ({}, Memory.NONE),
        ({"q1": ["q0"], "q2": ["q0", "q1"]}, Memory.ALL),
        ({"q1": ["q0"], "q2": ["q1"]}, Memory.LAST),
        ({"q2": ["q0"]}, Memory.SOME),
        ({"q1": 3, "q2": [{}]}, Memory.SOME),
    ],
)
def test_what_models_remember_is_told(told: dict[str, Any], memory: Memory) -> None:
    data = {name: {"prior_questions": earlier} for name, earlier in told.items()}
    assert flow(survey(3, memory_plan={"data": data})).memory == memory


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("{{ q0.answer }} == 'no'", "the answer to q0 is 'no'"),
        ('{{q1.answer}} != "no"', 'the answer is not "no"'),
        ("q0 == 'yes' and q1.answer >= -2.5", "the answer to q0 is 'yes' and the answer is at least -2.5"),
        ("{{ q0.answer }} not  in ['a', 2]", "the answer to q0 is none of ['a', 2]"),
        ("'a' in {{ q0.answer }} or q0 == 1", "the answer to q0 has 'a' or the answer to q0 is 1"),
        ("q0 == 1 and q0 == 2 or q0 == 3", ""),
        ("q0 == 1 and", ""),
        ("q0 == 1 q1 == 2", ""),
        ("q0 == 'it\\'s'", ""),
        ("not q0 == 1", ""),
        ("{{ scenario.x }} == 1", ""),
        ("len({{ q0.answer }}) > 1", ""),
        ("q0 == __import__('os')", ""),
        ("", ""),
        ("True", ""),
        ("q0 == 1 and " * 400, ""),
        (" " * 5_000, ""),
        ("q0 in [" + "1," * 3_000, ""),
        ("{{ " * 2_000, ""),
    ],
)
def test_conditions_are_told_in_words_where_there_are_plain_ones(expression: str, words: str) -> None:
    assert in_words(expression, "q1") == words


def test_what_is_too_much_for_a_page_is_counted() -> None:
    rules = [rule(place % 90, f"q0 == {place}", 95) for place in range(1_000)]
    groups = {f"group {place}": [0, 1] for place in range(1_000)}
    found = flow(survey(2_000, rule_collection={"rules": rules}, question_groups=groups))
    assert (len(found.steps), found.more_steps) == (100, 1_000)


@pytest.mark.parametrize(
    "change",
    [
        {"question_groups": []},
        {"question_groups": {"": [None, {}]}},
        {"memory_plan": [], "rule_collection": 3},
        {"rule_collection": {"rules": [rule(0, "q0", 2, priority="x"), rule(0, "q0", 2, priority=None)]}},
        {"rule_collection": {"rules": {"a": 1}}},
        {"questions": [{"edsl_class_name": []}, {"edsl_class_name": "Instruction"}, {}]},
        {"questions": [{"edsl_class_name": "ChangeInstruction", "keep": 3, "drop": [[]]}, {}]},
    ],
)
def test_shapes_that_no_client_sends_are_told_as_far_as_they_can_be(change: dict[str, Any]) -> None:
    assert all(isinstance(step.question, str) for step in flow(survey(**change)).steps)
