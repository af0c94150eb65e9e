"""A job is read once, written down in pieces, and found again in them as it was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.domain.errors import NotAnEdslJobError, TooLargeError
from chalicelib.domain.jobs.job import Job
from chalicelib.domain.json_types import Document
from chalicelib.domain.plans.plan import Plan, write_plan
from chalicelib.domain.plans.subset import excerpt_of_document
from chalicelib.domain.providers.service import services_of
from chalicelib.domain.runs.job_keys import JobKeys
from chalicelib.releases.prepare import prepared_survey
from chalicelib.releases.release import release_of
from chalicelib.services.deps import deps, use
from chalicelib.services.job_files import subset
from chalicelib.services.job_files.subset import plan_of, subset_of
from chalicelib.services.planning import filter
from chalicelib.services.planning.filter import selected
from chalicelib.services.planning.split import Split, Splitter
from chalicelib.storage.aws.files import MissingFileError
from tests.support.jobs import job
from tests.support.stage import Stage, limit

RELEASE = release_of("1.0.9")


def made(stage: Stage, name: str = "job", iterations: int = 1) -> Job:
    return Job(name, stage.account.account_id, "1.0.9", 1, iterations=iterations)


def split(stage: Stage, document: Any, name: str = "job", size: int = 5000) -> Split:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    chunks = (data[start : start + size] for start in range(0, len(data), size))
    return Splitter(JobKeys(stage.account.account_id, name), RELEASE).split(chunks)


def planned(stage: Stage, document: Document, iterations: int = 1) -> tuple[Job, Plan]:
    found, kept = split(stage, document), made(stage, iterations=iterations)
    plan = Plan(found.survey, found.lists, services_of(found.first["models"]))
    files = JobKeys(kept.account_id, kept.job_id)
    stage.deps.files.write(files.head, write_plan(plan))
    subset._held.clear()
    return kept, plan_of(kept)


def large(agents: int = 300, scenarios: int = 400) -> Document:
    """Both lists are too long for the plan, of rows of uneven length."""
    sent = job(agents=agents, scenarios=scenarios)
    for number, agent in enumerate(sent["agents"]):
        agent["traits"]["story"] = "ä\n" * (number % 5 * 300)
    for number, scenario in enumerate(sent["scenarios"]):
        scenario["text"] = "x" * (number % 3 * 900)
    return sent


@pytest.fixture(scope="module")
def sent() -> Document:
    return large()


def test_rows_are_found_again_as_in_the_whole_job(stage: Stage, sent: Document) -> None:
    kept, plan = planned(stage, sent, iterations=2)
    assert [plan.lists[name].rows is None for name in ("agents", "scenarios", "models")] == [
        True,
        True,
        False,
    ]
    assert plan.combinations == 120_000
    prepared = {**sent, "survey": prepared_survey(sent["survey"])}

    @hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        st.sets(st.integers(0, 239_999), max_size=20)
        | st.integers(0, 239_900).map(lambda n: {*range(n, n + 100)})
    )
    def same(indices: set[int]) -> None:
        chosen = sorted(indices)
        assert subset_of(kept, plan, chosen) == excerpt_of_document(prepared, chosen, 2)

    same()
    with pytest.raises(IndexError):
        subset_of(kept, plan, [240_000])


def test_assignments_are_found_again(stage: Stage, sent: Document) -> None:
    rows = [[number * 7 % 300, number * 11 % 400, 0] for number in range(20_000)]
    assigned = {
        **sent,
        "assignments": [dict(zip(("agent", "scenario", "model"), row, strict=True)) for row in rows],
    }
    kept, plan = planned(stage, assigned)
    assert plan.combinations == 20_000
    assert plan.lists["assignments"].rows is None
    prepared = {**assigned, "survey": prepared_survey(sent["survey"])}
    for chosen in ([0, 1, 2], list(range(9_990, 10_010)), [3, 8000, 19_999]):
        assert subset_of(kept, plan, chosen) == excerpt_of_document(prepared, chosen, 1)


def test_a_small_job_is_one_file(stage: Stage) -> None:
    kept, plan = planned(stage, job(agents=10, scenarios=10))
    assert all(found.rows is not None for found in plan.lists.values())
    with pytest.raises(MissingFileError):
        stage.deps.files.size(JobKeys(kept.account_id, kept.job_id).list("agents"))
    assert len(subset_of(kept, plan, range(100)).positions) == 100


def test_a_warm_worker_reads_a_head_once_and_holds_one(stage: Stage) -> None:
    files = stage.deps.files
    first, second = made(stage, "a"), made(stage, "b")
    for kept, number in ((first, 1), (second, 2)):
        files.write(JobKeys(kept.account_id, kept.job_id).head, write_plan(Plan({"number": number})))
    plan = plan_of(first)
    assert plan_of(first) is plan
    assert plan_of(second).survey == {"number": 2}
    files.write(JobKeys(first.account_id, "a").head, write_plan(Plan({"number": 3})))
    assert plan_of(first).survey == {"number": 3}  # forgotten for the other job, and read again


def test_the_survey_stays_as_it_was_sent(stage: Stage) -> None:
    sent = job()
    _, plan = planned(stage, sent)
    assert plan.survey == sent["survey"]


def test_the_first_rows_and_all_models_are_kept_for_a_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.planning.split.FIRST_ROWS", 5)
    sent = job(agents=10)
    sent["models"] *= 10
    found = split(stage, sent)
    assert found.first == {
        "agents": sent["agents"][:5], "scenarios": sent["scenarios"], "models": sent["models"]
    }  # fmt: skip


def test_no_more_is_kept_for_a_look_than_there_is_room_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.services.planning.split.FIRST_CHARACTERS", 300)
    sent = job(agents=3)
    sent["agents"][1]["traits"]["story"] = "x" * 1000
    assert split(stage, sent).first["agents"] == sent["agents"][:1]
    with pytest.raises(TooLargeError, match="models"):
        split(stage, {**sent, "models": sent["models"] * 10})


def test_what_does_not_belong_to_a_run_is_passed_over(stage: Stage) -> None:
    sent = job(agents=2)
    found = split(stage, {"_depends_on": large(), **sent, "_post_run_methods": ["x" * 100_000]}, size=700)
    assert found.survey == sent["survey"]
    assert found.lists["agents"].rows == tuple(sent["agents"])


def twice(name: str) -> bytes:
    text = json.dumps(job())
    return (text[:-1] + f', "{name}": ' + json.dumps(job().get(name, [])) + "}").encode()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"[]", "JSON object"),
        (b"12", "JSON object"),
        ({}, "no survey"),
        ({**job(), "survey": []}, "no survey"),
        ({**job(), "survey": {"questions": []}}, "no questions"),
        ({**job(), "agents": {}}, "agents are not a list"),
        ({**job(), "models": ["x"]}, "models are not a list"),
        ({"survey": job()["survey"], "agents": [], "models": []}, "scenarios are not a list"),
        ({**job(), "scenarios": None}, "scenarios are not a list"),
        ({**job(), "assignments": None}, "assignments are not a list"),
        ({**job(), "assignments": [[0, 0]]}, "Row 0 of the job's assignments"),
        ({**job(), "assignments": [[0, 0, 0], [0, 0, True]]}, "Row 1 .* no whole number as model"),
        ({**job(), "assignments": [{"agent": 0, "scenario": 0}]}, "no whole number as model"),
        ({**job(), "assignments": [[0, 0, -1]]}, "-1 as model"),
        ({**job(), "assignments": [[1, 0, 0]]}, "name agent 1, but it has 1 agents"),
        ({"assignments": [[0, 3, 0]], **job()}, "name scenario 3"),
        ({**job(), "include_expression": 5}, "include_expression is not a text"),
        ({**job(), "scenarios": [{"x": 1}, {"x": float("nan")}]}, r"has NaN in 'scenarios\[1\].x'"),
        ({**job(), "_depends_on": {"x": [float("inf")]}}, r"has Infinity in '_depends_on.x\[0\]'"),
        (twice("agents"), "agents twice"),
        (twice("survey"), "survey twice"),
    ],
)
def test_what_is_no_job_is_refused_in_words(stage: Stage, payload: object, words: str) -> None:
    with pytest.raises(NotAnEdslJobError, match=words):
        split(stage, payload)


def test_a_row_that_is_too_large_is_refused(stage: Stage) -> None:
    limit(maximum_row_bytes=10_000)
    with pytest.raises(TooLargeError, match="10,000"):
        split(stage, {**job(), "scenarios": [{"text": "x" * 10_001}]})


class Choosing:
    """An engine that only selects: where agent and scenario leave the same remainder."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int, int]] = []

    def select(self, block: Document, *, first: Mapping[str, int]) -> Sequence[tuple[int, int, int]]:
        agents, scenarios, models = (block[name] or [{}] for name in ("agents", "scenarios", "models"))
        self.asked.append((first["agents"], len(agents), first["scenarios"], len(scenarios)))
        assert block["include_expression"] == "{{ some }}"
        return [
            (agent, scenario, model)
            for agent in range(first["agents"], first["agents"] + len(agents))
            for scenario in range(first["scenarios"], first["scenarios"] + len(scenarios))
            for model in range(len(models))
            if agent % 7 == scenario % 7
        ]


@pytest.mark.parametrize("combinations", [100_000, 50_000, 3000, 100])
def test_an_expression_is_looked_at_in_blocks_and_in_order(
    stage: Stage, sent: Document, monkeypatch: pytest.MonkeyPatch, combinations: int
) -> None:
    monkeypatch.setattr(filter, "COMBINATIONS", combinations)
    engine: Any = Choosing()
    use(replace(deps(), engine=lambda: engine))
    found = split(stage, {**sent, "include_expression": "{{ some }}"})
    chosen = selected(JobKeys(stage.account.account_id, "job"), found)
    rows = [
        row for row, _ in subset.all_rows(JobKeys(stage.account.account_id, "job"), "assignments", chosen)
    ]
    assert rows == [[a, s, 0] for a in range(300) for s in range(400) if a % 7 == s % 7]
    assert max(agents * scenarios for _, agents, _, scenarios in engine.asked) <= combinations
    assert len(engine.asked) <= 2 * (120_000 // combinations + 1) + 300 * (combinations < 400)


def test_an_expression_over_empty_lists_looks_at_edsls_defaults(stage: Stage) -> None:
    engine: Any = Choosing()
    use(replace(deps(), engine=lambda: engine))
    found = split(stage, {**job(), "agents": [], "scenarios": [], "include_expression": "{{ some }}"})
    chosen = selected(JobKeys(stage.account.account_id, "job"), found)
    assert chosen.rows == ([0, 0, 0],)


def test_an_expression_over_too_many_combinations_is_refused(stage: Stage) -> None:
    limit(maximum_combinations=99)
    found = split(stage, {**job(agents=10, scenarios=10), "include_expression": "{{ some }}"})
    with pytest.raises(TooLargeError, match="100 combinations"):
        selected(JobKeys(stage.account.account_id, "job"), found)
