"""An subset has the rows its interviews need, numbered as in the whole job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.runs.placeholder import placeholder_row
from tests.support.jobs import Job, job


def test_interviews_are_counted_agent_scenario_model_iteration() -> None:
    sent = job(agents=2, scenarios=3)
    sent["models"] = [{"model": name} for name in "ab"]
    subset = excerpt_of_document(sent, range(24), 2)
    places = [(p.agent, p.scenario, p.model, p.iteration) for p in subset.positions]
    assert places == sorted(places)
    assert len(set(places)) == 24
    assert [position.index for position in subset.positions] == list(range(24))
    with pytest.raises(IndexError):
        excerpt_of_document(sent, [24], 2)


def test_only_the_rows_of_its_interviews_are_there() -> None:
    sent = job(agents=5, scenarios=4)
    subset = excerpt_of_document(sent, [5, 6, 17], 1)
    assert subset.numbers == {"agents": (1, 4), "scenarios": (1, 2), "models": (0,)}
    assert subset.document["agents"] == [sent["agents"][1], sent["agents"][4]]
    assert subset.document["scenarios"] == [sent["scenarios"][1], sent["scenarios"][2]]
    assert subset.document["survey"] == sent["survey"]


def test_an_empty_list_stays_empty() -> None:
    sent: Job = {**job(), "agents": [], "scenarios": []}
    subset = excerpt_of_document(sent, [0, 1], 2)
    assert subset.document["agents"] == []
    assert subset.numbers == {"agents": (), "scenarios": (), "models": (0,)}
    row = placeholder_row(subset, subset.positions[1], "It was lost.").row
    assert (row["agent"], row["scenario"], row["iteration"]) == ({"traits": {}}, {}, 1)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
def test_assignments_choose_the_combinations(indices: list[int]) -> None:
    assigned = [[2, 0, 0], {"agent": 0, "scenario": 1, "model": 0}, {f"{a}_index": 0 for a in AXES}]
    sent = {**job(agents=3, scenarios=2), "assignments": assigned}
    subset = excerpt_of_document(sent, sorted(indices), 2)
    triples = [(2, 0, 0), (0, 1, 0), (0, 0, 0)]
    assert [(p.agent, p.scenario, p.model) for p in subset.positions] == [
        triples[index // 2] for index in sorted(indices)
    ]
    for position in subset.positions:
        row = placeholder_row(subset, position, "It was lost.")
        assert row.index == position.index
        assert row.row["agent"] == sent["agents"][position.agent]
        assert row.row["scenario"] == sent["scenarios"][position.scenario]
        assert row.row["indices"] == position.indices
        assert row.row["answer"] == {"q0": None}
        assert not row.good


AXES = ("agent", "scenario", "model")


CODE = {"function_source_code": "def f(): ..."}
PLACES: dict[str, tuple[str, object]] = {
    "a question": ("questions", CODE),
    "a question within one": ("questions", {"interview": {"questions": [CODE]}}),
    "an agent": ("agents", {"dynamic_traits_function_source_code": "def f(): ..."}),
    "an agent's trait": ("agents", {"traits": {"other": CODE}}),
    "a scenario": ("scenarios", {"object": CODE}),
    "what a test model says": ("models", {"parameters": {"canned_response": {"q": [CODE]}}}),
    "a question for an object": ("questions", {"question_type": "edsl_object"}),
    "a question for an object within one": ("questions", {"asked": {"question_type": "edsl_object"}}),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_tells_whether_functions_may_run(place: str) -> None:
    name, what = PLACES[place]
    sent: Job = {**job(agents=2), "models": [{"model": "a"}, 5]}
    assert not excerpt_of_document(sent, [0, 1, 2], 1).brings_code
    rows = sent["survey"]["questions"] if name == "questions" else sent[name]
    rows[0] = {**rows[0], **what}  # type: ignore[dict-item]
    assert excerpt_of_document(sent, [0, 1, 2], 1).brings_code


def test_a_field_that_has_no_code_is_none() -> None:
    sent = job()
    sent["survey"]["questions"][0]["function_source_code"] = None
    assert not excerpt_of_document(sent, [0], 1).brings_code
