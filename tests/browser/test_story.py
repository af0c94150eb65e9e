"""The whole story, clicked through: from signing in to a survey that is answered from the cache."""

import contextlib
import csv
import itertools
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from infra.demo.watch import job_of
from infra.repository import ROOT
from tests.browser.conftest import WAIT_MILLISECONDS, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.journey.client import ending
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job

pytestmark = pytest.mark.browser
JOBS = "/home/remote-inference"
KEY = "key-story"
CLIENT = ROOT / ".venvs" / "1.0.9" / "bin" / "python"
WAIT_SECONDS = WAIT_MILLISECONDS / 1000


@dataclass
class Client:
    """The unmodified client, at work in a process of its own."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what it says."""
        assert self.process.stdout is not None
        self.said += iter(self.process.stdout.readline, "")

    def job_id(self) -> str:
        """Wait until it has printed the address of its job's progress; return the job's id."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = job_of("".join(self.said))
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(self.said)

    def last_line(self) -> str:
        """Wait until it has ended well; return what it said last."""
        code = self.process.wait(WAIT_SECONDS)
        assert code == 0, "".join(self.said)
        return "".join(self.said).strip().splitlines()[-1]


@contextlib.contextmanager
def client(stack: LocalStack, description: str) -> Iterator[Client]:
    """Run the survey of the story."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.defpath,
            "HOME": home,
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "EXPECTED_PARROT_URL": stack.url,
            "EXPECTED_PARROT_API_KEY": KEY,
        }
        process = subprocess.Popen(
            [str(CLIENT), "-m", "tests.browser.story_survey", description],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started = Client(process)
        listener = threading.Thread(target=started.listen)
        listener.start()
        try:
            yield started
        finally:
            process.kill()
            process.wait()
            listener.join()
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def answering(provider: FakeOpenAI) -> Iterator[FakeOpenAI]:
    """Have the provider answer the story's questions."""
    colours = itertools.cycle(("red", "green", "red", "blue"))

    def answer(prompt: str) -> str:
        if "Which colour" in prompt:
            return next(colours)
        return "12" if "How many pages" in prompt else "They all go home."

    before, provider.answer = provider.answer, answer
    yield provider
    provider.answer = before


def test_the_whole_story(
    chromium: Browser,
    context: BrowserContext,
    stack: LocalStack,
    watched: Watched,
    answering: FakeOpenAI,
) -> None:
    page = signed_in(context, KEY)
    toggles(page)
    runs_a_survey_and_watches_it(page, stack, answering)
    opens_its_history(page)
    results = views_filters_and_plots_its_results(page)
    downloads_them(page)
    shares_them(page)
    with opened(chromium, stack, watched) as other:
        reads_what_is_shared(signed_in(other, "key-eve"), results)
    sender = Sender(stack.url, KEY)
    cancels_one(page, sender, answering)
    retries_another(page, sender, answering)
    runs_out_of_credits(page, sender)
    runs_it_again_from_the_cache(page, stack, answering)
    reads_the_log_of_the_cache(page)


def toggles(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    switch = page.get_by_label("Remote inference")
    for said in ("on your own machine", "here"):
        switch.set_checked(said == "here")
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".sentence")).to_contain_text(f"Surveys run {said}")
    expect(page.get_by_label("Remote caching")).to_be_checked()


def runs_a_survey_and_watches_it(page: Page, stack: LocalStack, provider: FakeOpenAI) -> None:
    with provider.holding(after=7) as over, client(stack, "The story") as running:
        page.goto(f"/home/remote-job-progress/{running.job_id()}")
        sentence = page.locator(".sentence")
        expect(sentence).to_contain_text(re.compile("[0-3] of 4 interviews done"))
        expect(page.locator(".stand")).to_contain_text("Running")
        over.set()
        expect(sentence).to_contain_text("4 of 4 interviews done")
        expect(page.locator(".stand")).to_contain_text("Completed")
        assert running.last_line() == "4 interviews: ['blue', 'green', 'red', 'red']"


def opens_its_history(page: Page) -> None:
    page.get_by_role("link", name="Jobs").first.click()
    page.get_by_role("link", name="History of The story").click()
    titles = page.locator(".history").get_by_role("heading", level=3)
    expect(titles.first).to_have_text("Completed")
    expect(titles.last).to_have_text("Added to queue")


def views_filters_and_plots_its_results(page: Page) -> str:
    page.get_by_role("link", name="View results of The story").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)
    address = page.url
    page.get_by_role("cell", name="red").first.get_by_role("link").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name=re.compile("Remove this filter")).click()
    expect(rows).to_have_count(4)
    page.get_by_role("link", name="Plots").click()
    expect(page.locator("[data-plot] canvas").first).to_be_visible()
    return address


def downloads_them(page: Page) -> None:
    with page.expect_download() as coming:
        page.locator("a.button", has_text="CSV").click()
    lines = list(csv.DictReader(Path(coming.value.path()).read_text("utf-8-sig").splitlines()))
    assert sorted(line["answer.colour"] for line in lines) == ["blue", "green", "red", "red"]


def shares_them(page: Page) -> None:
    page.get_by_role("navigation", name="Results").get_by_role("link", name="Share").click()
    page.get_by_label("E-mail address or username").fill("eve@example.com")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator(".readers")).to_contain_text("eve")


def reads_what_is_shared(page: Page, results: str) -> None:
    page.goto("/home/content?of=shared")
    page.get_by_role("link", name="The story").click()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.goto(results)
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.get_by_role("link", name="Share", exact=True)).to_have_count(0)


def cancels_one(page: Page, sender: Sender, provider: FakeOpenAI) -> None:
    with provider.holding():
        job_id = sender.send_job("One that is not wanted", agents=3)
        page.goto(JOBS)
        page.get_by_role("link", name="Cancel One that is not wanted").click()
        expect(page.locator("main")).to_contain_text(re.compile("will not be run|no interview will be run"))
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".stand")).to_contain_text("Cancelled")
    assert ending(sender.ended(job_id)) == "cancelled"


def retries_another(page: Page, sender: Sender, provider: FakeOpenAI) -> None:
    refused = iter((401, 401))
    provider.fault = lambda _: next(refused, None)
    job_id = sender.run_job("One that failed in part", agents=4)
    provider.fault = lambda _: None
    page.goto(f"{JOBS}/{job_id}")
    expect(page.get_by_role("link", name="Your keys for providers")).to_be_visible()
    page.get_by_role("link", name=re.compile("Retry just these 2 interviews")).click()
    page.get_by_role("button", name="Retry what failed").click()
    expect(page.locator(".stand")).to_contain_text("Completed")
    expect(page.get_by_role("link", name="Run 2")).to_be_visible()


def runs_out_of_credits(page: Page, sender: Sender) -> None:
    job_id = sender.send(job(agents=1_000), description="One that is too dear")
    assert sender.ended(job_id)["status"] == "failed"
    page.goto(f"{JOBS}/{job_id}")
    expect(page.locator(".stand")).to_contain_text("credits")
    page.get_by_role("link", name="Your credits and limits").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Credits")
    expect(page.locator(".sentence")).to_contain_text("1.00 credits can be spent")


def runs_it_again_from_the_cache(page: Page, stack: LocalStack, provider: FakeOpenAI) -> None:
    asked = len(provider.asked)
    with client(stack, "The story once more") as running:
        assert running.last_line() == "4 interviews: ['blue', 'green', 'red', 'red']"
        job_id = running.job_id()
    assert len(provider.asked) == asked
    page.goto(f"{JOBS}/{job_id}")
    expect(page.locator(".legend")).to_contain_text("4 from the cache")
    expect(page.get_by_role("heading", name="Accessed remote cache")).to_be_visible()


def reads_the_log_of_the_cache(page: Page) -> None:
    page.get_by_role("link", name="Cache").first.click()
    expect(page.locator(".sentence").first).to_contain_text("entries")
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.locator("tbody tr").last).to_contain_text("12")
