"""Workers of the real stack killed while they work: nothing is lost, nothing is paid twice."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Tell
from tests.faults.impatient import (
    CALLS_IN_FLIGHT,
    LEASE_SECONDS,
    Killer,
    chained_job,
    impatient_stack,
    prompts,
    quiet,
)
from tests.journey.client import ByHand
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI

pytestmark = pytest.mark.faults
INTERVIEWS = 500
KILLS = 10
CALLS_A_KILL = 60
"""So few that all kills come before the run is over."""


@pytest.fixture
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(delay=0.3, models=("gpt-4o",)) as started:
        yield started


@pytest.fixture
def stack(provider: FakeOpenAI, tmp_path: Path) -> Iterator[LocalStack]:
    with impatient_stack(tmp_path, provider, worker_seconds=20) as started:
        yield started


def rows(told: dict[str, Any], ada: ByHand) -> list[dict[str, Any]]:
    """Return a job's rows without what is drawn by chance."""
    return [
        {key: value for key, value in row.items() if key != "interview_hash"}
        for row in ada.results(told)["data"]
    ]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("caching", "fresh"), [(True, False), (True, True), (False, False)])
def test_ten_kills_during_five_hundred_interviews(
    stack: LocalStack, provider: FakeOpenAI, caching: bool, fresh: bool, tell: Tell
) -> None:
    ada = ByHand(stack.url, "key-ada")
    assert ada.ask("PATCH", "/api/v0/edsl-settings", {"remote_caching": caching}).ok
    began = time.monotonic()
    undisturbed = ada.ended(ada.send(chained_job(INTERVIEWS), fresh=fresh), seconds=600)
    quietly = time.monotonic() - began
    assert undisturbed["status"] == "completed", undisturbed["reason"]
    assert len(prompts(provider)) == sum(prompts(provider).values()) == 2 * INTERVIEWS
    if not fresh:
        cleared = ada.ask("DELETE", "/api/v0/remote-cache/delete-all").json()
        assert cleared["deleted_entry_count"] == (2 * INTERVIEWS if caching else 0)
    provider.requests.clear()
    began = time.monotonic()
    with (
        quiet(stack),
        Killer(stack, "worker", KILLS, progress=lambda: len(provider.asked), step=CALLS_A_KILL) as killer,
    ):
        disturbed = ada.ended(ada.send(chained_job(INTERVIEWS), fresh=fresh), seconds=600)
    assert len(killer.killed) == KILLS, "the run was over before all kills"
    assert disturbed["status"] == "completed", disturbed["reason"]
    assert rows(disturbed, ada) == rows(undisturbed, ada)
    asked = prompts(provider)
    assert len(asked) == 2 * INTERVIEWS
    assert sum(asked.values()) <= 2 * INTERVIEWS + KILLS * CALLS_IN_FLIGHT
    assert max(asked.values()) <= 1 + KILLS
    tell(
        f"{sum(asked.values())} calls for {2 * INTERVIEWS} prompts, {KILLS} kills with up to "
        f"{CALLS_IN_FLIGHT} in flight; {time.monotonic() - began:.0f} s, undisturbed {quietly:.0f} s"
    )
    details = disturbed["latest_job_run_details"]
    assert details["expenses"] == undisturbed["latest_job_run_details"]["expenses"]
    history = ada.history(disturbed["job_uuid"])
    about_the_cache = ["Accessed remote cache"] if caching else []
    titles = [item["title"] for item in history]
    assert titles == ["Added to queue", "Started running", *about_the_cache, "Completed"]
    if caching:
        assert history[2]["sentence"] == f"Added {2 * INTERVIEWS} entries."
        counted = ada.ask("GET", "/api/v0/remote-cache/statistics").json()
        assert counted["entries"] == 2 * INTERVIEWS


def test_a_killed_slice_is_back_at_work_after_a_lease(
    provider: FakeOpenAI, tmp_path: Path, tell: Tell
) -> None:
    """Nothing else brings it back before long: the queue holds it for 90 minutes, the sweeper is patient."""
    with impatient_stack(tmp_path, provider, worker_seconds=20, patience_seconds=3600) as stack:
        ada = ByHand(stack.url, "key-ada")
        provider.delay = 2.0
        made = ada.send(chained_job(4, questions=4))
        while len(provider.asked) < 6:
            time.sleep(0.05)
        for process in stack.named("worker"):
            process.kill()
        killed = time.monotonic()
        before = len(provider.asked)
        with quiet(stack):
            while len(provider.asked) == before:
                assert time.monotonic() < killed + 240, "nothing is asked any more"
                time.sleep(0.05)
            back = time.monotonic() - killed
            told = ada.ended(made, seconds=600)
        tell(f"back at work after {back:.1f} s, with a lease of {LEASE_SECONDS} s")
        assert told["status"] == "completed", told["reason"]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("handler", ["dispatcher", "finalizer"])
def test_a_killed_function_s_work_is_done_by_its_successor(
    stack: LocalStack, provider: FakeOpenAI, handler: str
) -> None:
    provider.delay = 0.0
    ada = ByHand(stack.url, "key-ada")
    with quiet(stack), Killer(stack, handler, kills=6, pause=0.7):
        jobs = [ada.send(chained_job(30, tag=str(number))) for number in range(12)]
        ended = [ada.ended(made, seconds=600) for made in jobs]
    assert {told["status"] for told in ended} == {"completed"}
    for told in ended:
        assert len(ada.results(told)["data"]) == 30
        titles = [item["title"] for item in ada.history(told["job_uuid"])]
        assert titles == ["Added to queue", "Started running", "Accessed remote cache", "Completed"]
    assert set(prompts(provider).values()) == {1}
