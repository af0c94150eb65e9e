"""Jobs of many shapes: in every release they load, and hold the right answers."""

from typing import Any

import pytest

from tests.clients.conftest import RELEASES, Client

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1800)]
Answers = dict[str, Any]

KINDS: Answers = {
    "free_text": "Well.\nAnd you?",
    "multiple_choice": "blue",
    "choice_of_numbers": 2,
    "numerical": 41.5,
    "list": ["soup", "pie"],
    "checkbox": ["a", "c"],
    "rank": ["c", "a"],
    "top_k": ["b", "c"],
    "linear_scale": 4,
    "likert": "Agree",
    "yes_no": "Yes",
    "budget": [{"a": 60.0}, {"b": 40.0}],
    "extract": {"name": "Ada", "work": "poet"},
}
REMEMBERED: Answers = {"first": "one", "second": "two", "third": "three"}
BY_RULES: list[Answers] = [
    {"q0": "yes", "q1": None, "q2": "two", "q3": "three", "q4": "four", "q5": None},
    {"q0": "no", "q1": "one", "q2": None, "q3": None, "q4": "four", "q5": "five"},
]
EXPECTED: dict[str, list[Answers]] = {
    "kinds": [KINDS],
    "kinds_that_came_later": [
        {
            "mood": "Other: sleepy",
            "recipe": {"title": "Soup", "steps": 3},
            "happy": {"alone": 1, "together": 3},
        }
    ],
    "rules": BY_RULES,
    "rules_as_they_were_once_written": BY_RULES,
    "piping": [
        {
            "foods": ["soup", "pie"],
            "best": "pie",
            "colour": "cyan",
            "why": "pie in Riga",
            "who": "nurse",
            "nested": "Žofie 日本 True 0.5",
            "summary": "A cat",
        }
    ],
    "agents": [{"a": "me"}] * 4,
    "full_memory": [REMEMBERED],
    "targeted_memory_and_groups": [REMEMBERED],
    "instructions": [{"a": "one", "b": "two", "c": None}],
    "two_iterations_of_everything": [
        {"a": f"{n} {job}"} for job in ("nurse", "pilot") for n in (1, 2) for _ in range(4)
    ],
    "failing_questions": [
        {"before": "fine", "count": 12, "after": "well"},
        {"before": "fine", "count": None, "after": "well"},
    ],
    "unused_scenario_keys": [{"a": "hi"}] * 2,
    "some_unused_keys_and_no_model": [{"a": "1"}, {"a": "2"}],
    "functional": [{"twice": 8, "note": "ok"}],
    "dynamic_traits": [{"a": "ten"}],
}
MISSING = {
    "0.1.33": {"kinds_that_came_later"},
    "0.1.38": {"kinds_that_came_later"},
    "1.0.9": {"unused_scenario_keys"},
}
"""Shapes that a release has no way to make."""
REFUSED = {
    "0.1.33": {
        "functional": "this release of edsl does not send it",
        "dynamic_traits": "a Python method of its own",
    },
    "0.1.38": {"dynamic_traits": "a Python method of its own"},
}
"""What cannot work, and what its user is told. Newer releases send nothing of an agent's methods."""

WITHOUT_TEMPLATES_OF_TRAITS = ("0.1.33",)
"""Releases that send an agent without its ``traits_presentation_template``."""
WITHOUT_FILES = ("0.1.33",)
"""Releases that send nothing where a scenario has a file."""


@pytest.mark.parametrize("release", RELEASES)
def test_jobs_of_every_shape_come_back_right(client: Client, release: str) -> None:
    said = client(release, "job_shapes", seconds=1500)
    assert said.code == 0, said.errors
    found = said.last
    assert found.pop("version") == release
    refused = REFUSED.get(release, {})
    assert {name for name in EXPECTED if name not in found} == MISSING.get(release, set())
    errors = {name: shape for name, shape in found.items() if "answers" not in shape}
    assert {name: shape for name, shape in errors.items() if name not in refused} == {}
    for name, sentence in refused.items():
        assert sentence in errors[name]["error"]
    right = {name: shape for name, shape in found.items() if name not in errors}
    assert {name: shape["answers"] for name, shape in right.items()} == {
        name: EXPECTED[name] for name in right
    }
    for name, shape in right.items():
        # The order of questions is the survey's, also where the row's answers came in another.
        assert shape["selected"] == {
            question: [row[question] for row in shape["answers"]] for question in EXPECTED[name][0]
        }
        assert shape["questions"] == list(EXPECTED[name][0])
    _check_who_was_asked(right)
    _check_prompts(right, release)


def _check_who_was_asked(found: dict[str, Any]) -> None:
    rows = found["two_iterations_of_everything"]["asked"]
    assert [(traits["job"], scenario["n"], iteration) for traits, scenario, _, iteration in rows] == [
        (job, n, iteration)
        for job in ("nurse", "pilot")
        for n in (1, 2)
        for _ in ("cold", "warm")
        for iteration in (0, 1)
    ]
    assert {model for _, _, model, _ in found["some_unused_keys_and_no_model"]["asked"]} == {"gpt-4o"}
    for name in ("unused_scenario_keys", "some_unused_keys_and_no_model"):
        scenarios = [scenario for _, scenario, _, _ in found.get(name, {"asked": []})["asked"]]
        assert all((scenario["x"], scenario["y"]) == (n, "z") for n, scenario in enumerate(scenarios, 1))


def _check_prompts(found: dict[str, Any], release: str) -> None:
    agents = [row["a_system_prompt"] for row in found["agents"]["prompts"]]
    for prompt, age in zip(agents[:2], (30, 50), strict=True):
        assert "Answer as this person." in prompt
        assert "Age in years" in prompt
        assert str(age) in prompt
        assert "Oslo" in prompt
    assert ("You are 70 and tired." in agents[2]) == (release not in WITHOUT_TEMPLATES_OF_TRAITS)
    (piped,) = found["piping"]["prompts"]
    assert ("Sum up None." in piped["summary_user_prompt"]) == (release in WITHOUT_FILES)
    (full,) = found["full_memory"]["prompts"]
    assert all(said in full["third_user_prompt"] for said in ("First?", "Second?", "two"))
    assert "First?" in full["second_user_prompt"]
    (targeted,) = found["targeted_memory_and_groups"]["prompts"]
    assert "First?" in targeted["third_user_prompt"]
    assert "Second?" not in targeted["third_user_prompt"]
    assert "First?" not in targeted["second_user_prompt"]
    (instructed,) = found["instructions"]["prompts"]
    assert "Answer briefly." in instructed["b_user_prompt"]
    assert "Answer briefly." not in instructed["a_user_prompt"]
