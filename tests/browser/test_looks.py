"""How pages look and what they weigh: for everybody, without a script too, and quiet."""

import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Response as Answer

from tests.browser.conftest import NARROW, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.journey.client import ending
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = pytest.mark.browser
JOBS = "/home/remote-inference"
AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js").read_text()
LOOKS = [(*size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")]
SERIOUS = {"serious", "critical"}
FIRST_PAGE_BYTES = 100_000
PLOTTED_PAGE_BYTES = 400_000
"""With what draws plots, which is loaded where there is one and kept for good."""
LAYOUT_SHIFT = 0.05
"""Chromium calls 0.1 good."""
HOSTILE = "<script>alert('run')</script><img src=x onerror=alert('run')>\"'><svg onload=alert('run')>"


@pytest.fixture(scope="module")
def jobs(stack: LocalStack, provider: FakeOpenAI, ada: Sender) -> dict[str, str]:
    """Have a job of each kind; return their ids."""
    refused = iter((401,))
    provider.fault = lambda _: next(refused, None)
    partly = ada.run_job("One that failed in part", agents=4)
    provider.fault = lambda _: None
    broken = ada.send(b'{"survey": 3}', description="One that could not be begun")
    ada.ended(broken)
    return {"done": ada.run_job("A good one", scenarios=2), "partly": partly, "broken": broken}


def addresses(jobs: dict[str, str]) -> list[str]:
    return [
        *(JOBS, f"{JOBS}?open={jobs['partly']}", f"{JOBS}?q=nothing+like+it"),
        *(f"{JOBS}/{job_id}" for job_id in jobs.values()),
        *(f"{JOBS}/{jobs['partly']}/history", f"{JOBS}/error/{jobs['partly']}"),
        *(f"/home/remote-job-progress/{jobs['done']}", f"{JOBS}/no-such-job"),
        *(f"{JOBS}/selected?do=all&job={jobs['done']}&job={jobs['broken']}", "/login"),
    ]


@pytest.mark.parametrize("look", LOOKS, ids=["wide-light", "wide-dark", "narrow-light", "narrow-dark"])
def test_no_page_keeps_anybody_out(
    chromium: Browser, stack: LocalStack, watched: Watched, jobs: dict[str, str], look: tuple[int, int, str]
) -> None:
    watched.expected = ("404",)
    width, height, scheme = look
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context)
        for address in addresses(jobs):
            page.goto(address)
            assert findings(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def findings(page: Page) -> list[str]:
    """Return what axe finds that is serious."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(found => found.violations)")
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def test_moving_pages_keep_nobody_out_either(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    with provider.holding(after=1):
        job_id = ada.send_job("Moving while looked at", agents=4)
        for address in (JOBS, f"{JOBS}/{job_id}", f"/home/remote-job-progress/{job_id}"):
            page.goto(address)
            expect(page.locator("#heard")).to_be_visible()
            assert findings(page) == [], address


def test_what_strangers_wrote_runs_nowhere(
    chromium: Browser, stack: LocalStack, watched: Watched, provider: FakeOpenAI
) -> None:
    sent = job(agents=1)
    sent["survey"]["questions"][0] |= {
        "question_text": HOSTILE,
        "question_type": "multiple_choice",
        "question_options": [HOSTILE, "b"],
    }
    sent["agents"] = [{"traits": {"trait": HOSTILE}, "name": HOSTILE}]
    sent["scenarios"] = [{HOSTILE: HOSTILE}]
    sent["models"] = [{"model": HOSTILE, "parameters": {HOSTILE: HOSTILE}, "inference_service": "openai"}]
    sender = Sender(stack.url, "key-hostile")
    job_id = sender.send(sent, description=HOSTILE)
    sender.ended(job_id)
    with opened(chromium, stack, watched) as context:
        page = signed_in(context, "key-hostile")
        for address in (
            *(JOBS, f"{JOBS}?open={job_id}", f"{JOBS}/{job_id}", f"{JOBS}/{job_id}/history"),
            *(f"/home/remote-job-progress/{job_id}", f"{JOBS}/error/{job_id}"),
            *(f"{JOBS}/selected?do=all&job={job_id}",),
        ):
            page.goto(address)
            expect(page.locator("main")).to_contain_text("<script>alert('run')</script>")
            assert page.locator("main script, main img, main [onload], main [onerror]").count() == 0


def test_how_pages_look_is_switched_and_stays(page: Page) -> None:
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Look: dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.goto(f"{JOBS}?q=x")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Look: system").click()
    expect(page).to_have_url(re.compile(r"q=x$"))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_nothing_needs_a_script(
    chromium: Browser, stack: LocalStack, watched: Watched, ada: Sender, provider: FakeOpenAI
) -> None:
    with (
        opened(chromium, stack, watched, java_script_enabled=False) as context,
        provider.holding(),
    ):
        job_id = ada.send_job("Without a script", agents=1)
        page = signed_in(context)
        page.get_by_role("link", name="History of Without a script").click()
        expect(page.locator(f"#history-{job_id}")).to_contain_text("Added to queue")
        page.get_by_role("link", name="Cancel Without a script").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".stand")).to_contain_text(re.compile("Cancel"))
    assert ending(ada.ended(job_id)) == "cancelled"


def test_a_first_page_is_light_and_nothing_in_it_jumps(
    chromium: Browser, stack: LocalStack, watched: Watched, provider: FakeOpenAI
) -> None:
    sender = Sender(stack.url, "key-many")
    for number in range(25):
        said = {"description": f"A job with a description of some length, number {number}"}
        sender.ask(
            "POST", "/api/v0/new-remote-inference", {"json_string": "offloaded", "version": "1.0.9", **said}
        )
    answers: list[Answer] = []
    with opened(chromium, stack, watched) as context, provider.holding(after=1) as over:
        page = signed_in(context, "key-many")
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it takes no builtin
        job_id = sender.send_job("The one that moves", agents=8)
        page.goto(JOBS)
        page.wait_for_load_state("networkidle")
        sizes = sizes_of(answers)
        assert 0 < sum(sizes.values()) < FIRST_PAGE_BYTES, sizes
        over.set()
        expect(page.locator(f"#job-{job_id}")).to_contain_text("8 of 8")
        assert shift(page) < LAYOUT_SHIFT
        page.goto(f"{JOBS}/{job_id}")
        assert shift(page) < LAYOUT_SHIFT


def first_pages(ada: Sender, jobs: dict[str, str]) -> dict[str, int]:
    """Return each page that somebody may come to first, and how many bytes it may have."""
    results = f"/home/content/{ada.ended(jobs['done'])['results_uuid']}/results"
    return {
        **dict.fromkeys(addresses(jobs), FIRST_PAGE_BYTES),
        **dict.fromkeys((results, f"{results}?interview=1", f"{results}?view=share"), FIRST_PAGE_BYTES),
        **dict.fromkeys(("/home/content", "/home/remote-cache", "/home/remote-cache/log"), FIRST_PAGE_BYTES),
        **dict.fromkeys(("/home/keys", "/home/settings", "/home/credits/ledger"), FIRST_PAGE_BYTES),
        **dict.fromkeys((f"{results}?view=plots", "/home/credits"), PLOTTED_PAGE_BYTES),
    }


def test_every_first_page_is_light_and_nothing_in_any_jumps(
    chromium: Browser, stack: LocalStack, watched: Watched, ada: Sender, jobs: dict[str, str]
) -> None:
    watched.expected = ("404",)
    answers: list[Answer] = []
    with opened(chromium, stack, watched) as context:
        page = signed_in(context)
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it takes no builtin
        # As somebody has it who was never here.
        context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        for address, most in first_pages(ada, jobs).items():
            answers.clear()
            page.goto(address)
            page.wait_for_load_state("networkidle")
            sizes = sizes_of(answers)
            assert 0 < sum(sizes.values()) < most, (address, sizes)
            assert shift(page) < LAYOUT_SHIFT, address


def sizes_of(answers: Sequence[Answer]) -> dict[str, int]:
    """Return how many bytes a page and what it is made with have as API Gateway sends them."""
    # What the page before still asked for is gone with it.
    first = max(at for at, answer in enumerate(answers) if answer.request.is_navigation_request())
    return {answer.url: len(gzip.compress(answer.body())) for answer in answers[first:]}


def shift(page: Page) -> float:
    """Return how far what was shown has jumped, as Chromium counts it."""
    jumped: float = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
                .observe({type: "layout-shift", buffered: true});
            requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
        })"""
    )
    return jumped
