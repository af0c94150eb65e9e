"""Jobs that nobody waits for as usual: come back for, run among other tasks, led by commands."""

import pytest

from tests.clients.conftest import NEWEST, RELEASES, Client, Perch
from tests.journey.client import ByHand, ending
from tests.support.waiting import eventually

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]
WITH_BACKGROUND = RELEASES[2:]


@pytest.mark.parametrize("release", WITH_BACKGROUND)
def test_results_of_jobs_in_the_background_are_fetched_and_pulled(client: Client, release: str) -> None:
    said = client(release, "in_the_background", "fetched", "asked_for")
    assert said.code == 0, said.errors
    assert said.last == {"fetched": [12, 12], "asked_for": ["partial_failed", [12, None]]}


@pytest.mark.parametrize("release", RELEASES)
def test_a_job_runs_in_a_thread_beside_other_tasks(client: Client, release: str) -> None:
    said = client(release, "in_the_background", "in_a_thread")
    assert said.code == 0, said.errors
    assert said.last == {"in_a_thread": [[12, 12], "meanwhile"]}


AWAITED = {
    "0.1.33": ([None, None], 0),
    "0.1.38": ("TypeError", 1),
    "0.1.62": ([None, None], 1),
    "1.0.9": ([12, 12], 1),
}
"""What ``run_async`` comes to without a provider's key on the laptop, and how many jobs it sends."""


@pytest.mark.parametrize("release", RELEASES)
def test_run_async_ends_as_the_manual_says(client: Client, account: ByHand, release: str) -> None:
    said = client(release, "in_the_background", "awaited")
    assert said.code == 0, said.errors
    outcome, sent = AWAITED[release]
    awaited = said.last["awaited"]
    assert awaited == outcome or (outcome == "TypeError" and awaited.startswith("TypeError"))

    def statuses() -> list[str]:
        listed = account.ask("GET", "/api/v0/remote-inference/list").json()
        return [job["status"] for job in (listed if isinstance(listed, list) else listed["jobs"])]

    # What was sent is whole at Perch, also where the release throws it away.
    assert eventually(lambda: statuses() == ["completed"] * sent)


def test_the_command_line_runs_jobs_and_waits_for_them(client: Client) -> None:
    said = client(NEWEST, "command_line", "run")
    assert said.code == 0, said.errors
    assert said.last["run"] == {
        "good": [0, [12, 12]],
        "partly failing": [1, "REMOTE_JOB_PARTIAL_FAILED", True],
        "partly failing, allowed": [0, [12, None]],
    }


def test_the_command_line_sends_a_job_and_shows_it_in_every_way(client: Client) -> None:
    said = client(NEWEST, "command_line", "send")
    assert said.code == 0, said.errors
    assert said.last["send"] == {
        "waited": ["partial_failed", False],
        "status": ["partial_failed", True],
        "by its results": True,
        "listed": [[True, "partial_failed", 2]],
        "results": [4, [12, 12, None, None]],
        "errors": True,
        "history": 2,
        "manifest": 2,
        "page": 1,
        "cancelled too late": 6,
        "nobody's": [6, 6, 6, 6],
        "cost": True,
    }


def test_the_command_line_cancels_a_job(perch: Perch, client: Client) -> None:
    with perch.provider.holding():
        said = client(NEWEST, "command_line", "cancel")
    assert said.code == 0, said.errors
    found = said.last["cancel"]
    assert ending(found.pop("ended")) == "cancelled"
    assert found == {
        "too early": [3, "RESULTS_NOT_AVAILABLE"],
        "still": [True, True],
        "cancelled": 0,
        "timed out": False,
    }
