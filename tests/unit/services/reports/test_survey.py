"""What a page shows of a survey: readable, and never more than a page can hold."""

from typing import Any

import pytest

from chalicelib.services.reports import survey
from chalicelib.services.reports.questions import questions_of
from chalicelib.services.reports.survey import SurveyFacts, survey_of
from tests.support.jobs import job, rule_collection
from tests.support.stage import Stage
from tests.support.walk import queued, ran


def facts_of(stage: Stage, document: Any) -> SurveyFacts:
    done = ran(stage, document)
    found = survey_of(done)
    assert found is not None, done.reason
    return found


def test_before_a_job_is_planned_nothing_is_known(stage: Stage) -> None:
    assert survey_of(queued(stage, job())) is None


def test_questions_have_their_options_memory_and_rules(stage: Stage) -> None:
    sent = job(questions=("q0", "q1", "q2"))
    sent["survey"]["questions"][0] |= {"question_type": "multiple_choice", "question_options": ["yes", 2]}
    sent["survey"]["memory_plan"]["data"] = {"q2": {"prior_questions": ["q0", "q1"]}}
    sent["survey"]["rule_collection"] = rule_collection(["q0", "q1", "q2"])
    sent["survey"]["rule_collection"]["rules"] += [
        {"current_q": 0, "expression": "q0 == 'yes'", "next_q": 2, "priority": 1, "before_rule": False},
        {"current_q": 1, "expression": "True", "next_q": "EndOfSurvey", "priority": 1, "before_rule": False},
        {"current_q": 1, "expression": "q0 == 2", "next_q": 2, "priority": 1, "before_rule": True},
    ]
    first, second, third = facts_of(stage, sent).questions
    assert (first.options, first.kind) == (("yes", "2"), "multiple_choice")
    assert [(rule.expression, rule.leads_to) for rule in first.rules] == [("q0 == 'yes'", "q2")]
    assert [(rule.expression, rule.before, rule.leads_to) for rule in second.rules] == [
        ("True", False, None),
        ("q0 == 2", True, "q2"),
    ]
    assert third.remembers == ("q0", "q1")
    assert third.rules == ()


def test_lists_have_a_count_and_their_first_rows(stage: Stage) -> None:
    sent = job(agents=1_500, scenarios=2)
    sent["agents"] = [{"traits": {"number": n, "city": "Paris"}, "name": f"A{n}"} for n in range(1_500)]
    sent["scenarios"] = [{"file": {"base64_string": "x" * 99, "mime_type": "image/png", "path": "a.png"}}, {}]
    found = facts_of(stage, sent)
    assert found.agents.count == 1_500
    assert found.agents.columns == ("name", "number", "city")
    assert found.agents.rows[9] == ("A9", "9", "Paris")
    assert len(found.agents.rows) == 10
    assert found.scenarios.rows == (("a file: a.png (image/png)",), ("",))
    assert found.models.columns[:2] == ("model", "service")


def test_what_is_too_much_for_a_page_is_counted(stage: Stage) -> None:
    sent = job(questions=tuple(f"q{n}" for n in range(300)))
    sent["survey"]["questions"][0] |= {"question_text": "x" * 100_000, "question_options": ["o" * 999] * 500}
    sent["agents"] = [{"traits": {f"t{n}": "y" * 5_000 for n in range(400)}}]
    found = facts_of(stage, sent)
    assert (len(found.questions), found.more_questions) == (100, 200)
    assert len(found.questions[0].text) < 6_000
    assert (len(found.questions[0].options), found.questions[0].more_options) == (30, 470)
    assert (len(found.agents.columns), found.agents.more_columns) == (12, 388)
    assert all(len(cell) < 1_100 for cell in found.agents.rows[0])


def test_of_large_rows_fewer_are_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "MOST_BYTES", 250_000)
    sent = job(scenarios=20)
    sent["scenarios"] = [{"text": "z" * 100_000, "n": n} for n in range(20)]
    found = facts_of(stage, sent)
    assert (found.scenarios.count, len(found.scenarios.rows)) == (20, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"rule_collection": None},
        {"rule_collection": []},
        {"rule_collection": {"rules": [None, 3, {"current_q": "x"}, {"current_q": 99, "next_q": -1}]}},
        {"rule_collection": {"rules": [{}], "question_name_to_index": {"q0": "x", "q1": [3]}}},
        {"memory_plan": None},
        {"memory_plan": {"data": {"q0": 3}}},
        {"memory_plan": {"data": {"q0": {"prior_questions": 3}}}},
    ],
)
def test_shapes_that_no_client_sends_are_shown_as_far_as_they_can_be(change: dict[str, Any]) -> None:
    sent = {**job()["survey"], **change}
    sent["questions"] = [
        *sent["questions"],
        {"question_options": "x", "model": 3},
        {"question_text": {"a": 1}},
    ]
    assert [question.name for question in questions_of(sent)] == ["q0", "", ""]
