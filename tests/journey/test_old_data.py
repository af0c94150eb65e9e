"""A data directory made by an earlier Perch opens with this one, and what it held goes on.

The directories lie in ``tests/fixtures``; each has a README that says how it was made.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from tests.journey.client import ByHand, ending
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.waiting import eventually

pytestmark = pytest.mark.journey
MADE = sorted((Path(__file__).parents[1] / "fixtures").glob("data-of-*"))
RETRIED_HERE = ("partly failed, to be retried", "cancelled")
"""Jobs that tests below run again; the others stay as they were left."""


@dataclass(frozen=True)
class Old:
    """A stack over what an earlier one left, and what its client wrote down of that."""

    stack: LocalStack
    provider: FakeOpenAI
    you: ByHand
    left: dict[str, Any]

    def told(self, description: str) -> dict[str, Any]:
        """How a job of then stands now."""
        job_id = self.left["jobs"][description]["job_uuid"]
        return cast(dict[str, Any], self.get(f"remote-inference?job_uuid={job_id}"))

    def get(self, path: str) -> Any:
        answer = self.you.ask("GET", f"/api/v0/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sent_again(self, description: str) -> dict[str, Any]:
        """Send the payload of a job of then as a new one; return how it ended."""
        name = {"job_uuid": self.left["jobs"][description]["job_uuid"]}
        address = self.you.ask("POST", "/api/v0/remote-inference/pull", name).json()["signed_url"]
        return self.you.ended(self.you.send(requests.get(address, timeout=60).json()))

    def answers(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        return [row["answer"] for row in self.you.results(told)["data"]]

    def asked(self, words: str) -> int:
        """How often this stack asked the provider something."""
        return sum(words in request.prompt for request in self.provider.asked)


@pytest.fixture(scope="module", params=MADE, ids=lambda directory: str(directory.name))
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    place = tmp_path_factory.mktemp("old")
    with tarfile.open(request.param / "data.tar.gz") as packed:
        packed.extractall(place)
    with (
        FakeOpenAI(answer=lambda _: "12", key="sk-house", models=("gpt-4o",)) as provider,
        LocalStack(
            services=[f"openai={provider.url}=sk-house"], options=["--data", str(place / "data")]
        ) as stack,
    ):
        left = json.loads((request.param / "left.json").read_text())
        yield Old(stack, provider, ByHand(stack.url, "perch-local-key"), left)


def test_every_part_works(old: Old) -> None:
    answer = old.stack.wait_for_health(200)
    assert set(answer["parts"].values()) == {"ok"}


def test_all_jobs_are_listed_as_they_were_left(old: Old) -> None:
    listed = {job["uuid"]: job for job in old.get("remote-inference/list?page_size=100")}
    for description, job in old.left["jobs"].items():
        found = listed[job["job_uuid"]]
        assert found["description"] == description
        if description not in RETRIED_HERE:
            assert (found["status"], found["results_uuid"]) == (job["status"], job["results_uuid"])
    assert {old.left[name]["job_uuid"] for name in ("announced", "in flight")} <= listed.keys()


def test_all_jobs_answers_and_histories_are_told_as_they_were(old: Old) -> None:
    for description, job in old.left["jobs"].items():
        if description in RETRIED_HERE:
            continue
        told = old.told(description)
        assert (ending(told), told["price"]) == (job["status"], job["price"]), description
        if job["results_uuid"] is not None:
            assert old.answers(told) == job["answers"], description
        runs = [[run["status"], run["good"], run["results_uuid"]] for run in told["runs"]]
        assert runs == job["runs"], description
        # An alert that was still to be sent may have been told of since.
        history = [[item["title"], item["sentence"]] for item in old.you.history(job["job_uuid"])]
        assert history[: len(job["history"])] == job["history"], description


def test_results_of_then_are_listed_as_objects(old: Old) -> None:
    results = {job["results_uuid"] for job in old.left["jobs"].values()} - {None}
    assert len(results) > 2

    def listed() -> set[str]:
        return {one["uuid"] for one in old.get("object/list?type=results&page_size=100")["objects"]}

    assert eventually(lambda: results <= listed())


def test_finished_interviews_are_served_in_pages(old: Old) -> None:
    job = old.left["jobs"]["completed"]
    path = f"remote-inference/job/{job['job_uuid']}/results"
    assert old.get(f"{path}/manifest?page_size=3")["page_count"] == 2
    pages = [old.get(f"{path}/page?page={number}&page_size=3")["interviews"] for number in range(2)]
    assert [len(page) for page in pages] == [3, 1]


@pytest.mark.parametrize("description", ["partly failed", "failed"])
def test_error_reports_are_read(old: Old, description: str) -> None:
    job = old.left["jobs"][description]
    path = f"remote-inference/job/{job['job_uuid']}/error-report"
    assert "This is a test error" in old.get(path)["report"]
    assert "This is a test error" in json.dumps(old.get(f"{path}/task-history"))


def test_the_cache_its_log_and_its_figures_are_there(old: Old) -> None:
    listed = old.get("remote-cache/list?page_size=100")["entries"]
    assert set(old.left["entries"]) <= {entry["key"] for entry in listed}
    assert old.get(f"remote-cache/get-by-key/{old.left['entries'][0]}")["status"] == "found"
    log = [[item["description"], item["cache_entry_count"]] for item in old.get("remote-cache-log")]
    assert log[-len(old.left["log"]) :] == old.left["log"]
    figures, before = old.get("remote-cache/statistics"), old.left["statistics"]
    assert all(figures[name] >= before[name] for name in ("entries", "runs", "prompts", "added"))


@pytest.mark.parametrize(
    ("description", "sentence"),
    [("completed", "Retrieved 8 entries."), ("retried", "Retrieved 5 entries.")],
)
def test_the_same_survey_is_answered_from_the_cache(old: Old, description: str, sentence: str) -> None:
    told = old.sent_again(description)
    assert (ending(told), told["price"]) == ("completed", 0)
    assert old.answers(told) == old.left["jobs"][description]["answers"]
    said = [item["sentence"] for item in old.you.history(told["job_uuid"])]
    assert sentence in said
    assert old.asked("How many") == 0


def test_what_was_in_flight_ends_and_asks_nothing_that_was_answered(old: Old) -> None:
    flying = old.left["in flight"]
    told = old.you.ended(flying["job_uuid"])
    assert told["status"] == "completed", told["reason"]
    assert old.answers(told) == [{"number": 12}] * flying["asked"]
    assert old.asked("How wide") == flying["asked"] - flying["answered"]


def test_the_request_with_a_key_is_answered(old: Old) -> None:
    announced = old.left["announced"]
    told = old.get(f"remote-inference?job_uuid={announced['job_uuid']}")
    assert told["description"] == "announced"
    # Its key is kept for a day, so this may be a new job by now.
    answer = requests.post(
        f"{old.stack.url}/api/v0/new-remote-inference",
        json=announced["body"],
        headers={"Authorization": f"Bearer {old.you.key}", **announced["headers"]},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["job_uuid"]


def test_the_other_account_works_and_sees_none_of_it(old: Old) -> None:
    eve = ByHand(old.stack.url, "key-of-eve")
    assert eve.ask("GET", "/api/v0/remote-inference/list").json() == []
    job_id = old.left["jobs"]["completed"]["job_uuid"]
    assert eve.ask("GET", f"/api/v0/remote-inference?job_uuid={job_id}").status_code == 404


@pytest.mark.parametrize(
    ("description", "status", "missing"),
    [("partly failed, to be retried", "partial_failed", 0), ("cancelled", "completed", 3)],
)
def test_an_ended_job_is_retried(old: Old, description: str, status: str, missing: int) -> None:
    job = old.left["jobs"][description]
    before = old.told(description)
    assert (before["status"], before["results_uuid"]) == (job["status"], job["results_uuid"])
    again = {"job_uuid": job["job_uuid"], "scope": "failed"}
    assert old.you.ask("POST", "/api/v0/remote-inference/retry", again).json()["status"] == "queued"
    told = old.you.ended(job["job_uuid"])
    assert told["status"] == status, told["reason"]
    assert old.asked("How long") == missing
    assert [run["status"] for run in told["runs"]] == [job["status"], status]
    assert old.answers(before) == job["answers"]
    assert len(old.answers(told)) == len(job["answers"]) + missing
