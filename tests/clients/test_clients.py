"""What users of unmodified clients see."""

import json
import re
from itertools import pairwise

import pytest

from tests.clients.conftest import NEWEST, RELEASES, Client, Perch

pytestmark = [pytest.mark.clients, pytest.mark.timeout(1800)]
ASKING_TO_LOG_IN = ("0.1.38", "0.1.62")
"""Releases that, having no key at all, wait two minutes for somebody to log in on a page of Perch's."""
TOLD_WHY = ("1.0.9",)
"""Releases that tell why a job failed; earlier ones say that it did, and return nothing to look at."""
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_the_seeds_example_prints_the_seeds_lines(perch: Perch, client: Client) -> None:
    before = len(perch.provider.asked)
    said = client("0.1.33", "seed")
    assert said.code == 0, said.errors
    lines = [line.strip() for line in said.output.replace("\r", "\n").splitlines()]
    # One library of that time warns of itself when it is imported; that is no line of edsl's.
    spoken = [line for line in lines if line and not line.startswith("warning:") and "Job status" not in line]
    expected = [
        r"Remote inference activated\. Sending job to server\.\.\.",
        r"Remote caching activated\. The remote cache will be used for this job\.",
        rf"Remote inference started \(Job uuid={UUID}\)\.",
        rf"Job completed and Results stored on Coop \(Results uuid={UUID}\)\.",
    ]
    assert len(spoken) == len(expected) + 1
    for line, pattern in zip(spoken, expected, strict=False):
        assert re.fullmatch(pattern, line)
    # By the example's own rules, who likes school is asked why, and not why not.
    answers = {"q0": "yes", "q1": None, "q2": "**lack*** of killer bees in cafeteria"}
    assert said.last == [answers]
    asked = perch.provider.asked[before:]
    assert {request.body["model"] for request in asked} == {"gpt-4o"}
    assert {request.key for request in asked} == {"sk-house"}


@pytest.mark.parametrize("release", RELEASES)
def test_a_survey_of_many_kinds_comes_back_right(client: Client, release: str) -> None:
    said = client(release, "survey", json.dumps({"n": 2}))
    assert said.code == 0, said.errors
    rows = said.last
    assert [(row["agent"], row["scenario"], row["iteration"]) for row in rows] == [
        (agent, scenario, iteration)
        for agent in ("nurse", "pilot")
        for scenario in ("Ada", "Bob")
        for iteration in (0, 1)
    ]
    for row in rows:
        assert row["answer"] == {
            "greeting": f"Hello {row['scenario']}!",
            "mood": "Good",
            "age": 41,
            "liking": 2,
            "foods": None,
        }


@pytest.mark.parametrize("key", [None, "wrong-key"])
@pytest.mark.parametrize("release", RELEASES)
def test_without_a_good_key_nothing_runs_on_the_laptop(
    perch: Perch, client: Client, release: str, key: str | None
) -> None:
    before = len(perch.provider.asked)
    said = client(release, "survey", key=key)
    assert said.code != 0
    assert "EXPECTED_PARROT_API_KEY" in said.output + said.errors
    waited = "Timed out waiting for login" in said.output
    assert waited == (key is None and release in ASKING_TO_LOG_IN)
    assert len(perch.provider.asked) == before


@pytest.mark.parametrize("release", RELEASES)
def test_a_service_that_perch_has_not_fails_in_words(client: Client, release: str) -> None:
    said = client(release, "unknown_service")
    assert "Job failed" in said.output
    if release in TOLD_WHY:
        assert "does not offer. It offers: openai, test" in said.errors
        assert said.code != 0


@pytest.mark.parametrize("release", RELEASES)
def test_where_some_interviews_fail_the_rest_come_back(client: Client, release: str) -> None:
    said = client(release, "partly_failing")
    assert said.code == 0, said.errors
    assert said.last == [12, None, 12]


@pytest.mark.parametrize("release", RELEASES)
def test_where_no_interview_is_whole_the_answers_that_there_are_come_back(
    perch: Perch, client: Client, release: str
) -> None:
    said = client(release, "some_answers")
    assert said.code == 0, said.errors
    assert said.last == [12, 108, [None] * 12]


def test_the_error_report_says_what_to_try_and_its_lines_reproduce_the_failure(client: Client) -> None:
    said = client("1.0.9", "error_report")
    assert said.code == 0, said.errors
    told = said.last
    assert told["answers"] == [None, 12]
    assert "1 × validation_error from openai" in told["markdown"]
    assert "does not fit the question" in told["markdown"]
    assert "Nobody can tell." in told["markdown"]
    assert told["models"] == [["openai", "gpt-4o", "count", 1]]
    assert told["again"] == [None]
    assert "/home/remote-inference/error/" in told["address"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_error_report_ends_with_lines_that_run_in_the_release_itself(
    perch: Perch, client: Client, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    assert client(release, "partly_failing").last == [12, None, 12]
    monkeypatch.setattr(perch.provider, "answer", lambda _: "7")
    said = client(release, "next_steps")
    assert said.code == 0, said.errors
    assert said.last == {"before": [12, None, 12], "after": [12, 7, 12], "caching": False}


@pytest.mark.parametrize("release", RELEASES)
def test_results_larger_than_a_function_may_answer_come_back(client: Client, release: str) -> None:
    said = client(release, "large_results")
    assert said.code == 0, said.errors
    assert said.last == {"rows": 40, "characters": 40 * 150_000}


def test_every_shape_of_job_comes_back_as_a_local_run_gives_it(client: Client) -> None:
    said = client("1.0.9", "shapes_compared", seconds=1500)
    assert said.code == 0, said.errors
    found = said.last
    assert len(found) >= 50
    assert {name: difference for name, difference in found.items() if difference} == {}


@pytest.mark.parametrize("release", RELEASES[2:])
def test_jobs_are_listed_and_pulled_again(client: Client, release: str) -> None:
    said = client(release, "lists")
    assert said.code == 0, said.errors
    found = said.last
    assert found["newest first"] == ["red pears", "Green Pears", "Red apples"]
    assert found["oldest first"] == ["Red apples", "Green Pears", "red pears"]
    assert found["second page"] == ["Red apples"]
    assert found["red"] == ["red pears", "Red apples"]
    assert (found["completed"], found["queued"]) == (3, 0)
    one = {key: value for key, value in found["one"].items() if value not in ("", None)}
    assert one.pop("cost_credits") > 0
    assert one == {
        "description": "red pears", "status": "completed", "iterations": 1, "version": release,
    }  # fmt: skip
    assert found["pulled"] == [True, True, True]
    assert (found["fetched"], found["results"]) == ([1, 1, 1], [1, 1, 1])
    assert found["large page"] == (5_000_000 if release == NEWEST else None)


def test_finished_interviews_can_be_read_while_the_rest_still_runs(perch: Perch, client: Client) -> None:
    perch.provider.delay = 1.5
    try:
        said = client("1.0.9", "looking_on")
    finally:
        perch.provider.delay = 0
    assert said.code == 0, said.errors
    found = said.last
    assert found["differs"] is None
    assert found["ended"] == {"finished": 700, "told": 700, "status": "completed"}
    counts = [look["finished"] for look in found["seen"]]
    assert counts == sorted(counts)
    assert any(0 < count < 700 for count in counts)
    assert all(look["right"] and look["told"] <= look["finished"] for look in found["seen"])
    # A look asks for the status first: interviews may have ended since.
    assert all(look["available"] for before, look in pairwise(found["seen"]) if before["finished"])
    assert any(look["running"] for look in found["seen"])
    assert found["running"] == []


def test_streamed_results_are_those_that_are_pulled(client: Client) -> None:
    said = client("1.0.9", "streamed_shapes", seconds=1500)
    assert said.code == 0, said.errors
    assert {name: difference for name, difference in said.last.items() if difference} == {}
    assert len(said.last) >= 15


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_model_sees_the_picture_of_a_scenario(perch: Perch, client: Client, release: str) -> None:
    """The newest uploads it before the job, the others send it within; the oldest shows no model any."""
    before = len(perch.provider.asked)
    said = client(release, "pictures", PIXEL)
    assert said.code == 0, said.errors
    assert said.last == ["An answer."]
    (request,) = perch.provider.asked[before:]
    (picture,) = [part for part in request.body["messages"][-1]["content"] if part["type"] == "image_url"]
    assert picture["image_url"]["url"] == f"data:image/png;base64,{PIXEL}"
