"""Results of a job in a real Chromium: their plots are drawn, and kept as files."""

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import NARROW, WAIT_MILLISECONDS, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.browser.test_looks import HOSTILE, LAYOUT_SHIFT, findings, shift
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job, rule_collection

pytestmark = pytest.mark.browser
INKED = """canvas => {
    const drawn = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < drawn.length; at += 4) {
        colours.add(drawn[at] << 16 | drawn[at + 1] << 8 | drawn[at + 2]);
    }
    return colours.size;
}"""
PAPER = "canvas => canvas.getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3).join()"
QUESTIONS: list[dict[str, Any]] = [
    {
        "question_name": "colour",
        "question_text": "Which colour do you like?",
        "question_type": "multiple_choice",
        "question_options": ["red", "green", HOSTILE],
    },
    {
        "question_name": "age",
        "question_text": "How old are you?",
        "question_type": "numerical",
        "min_value": 0,
        "max_value": 200,
    },
    {"question_name": "why", "question_text": "Why?", "question_type": "free_text"},
]


def answered() -> Callable[[str], str]:
    """Return what answers each question in turn; whose turn it is makes no difference."""
    ages, colours, reasons = (itertools.count() for _ in range(3))

    def answer(prompt: str) -> str:
        if "Which colour" in prompt:
            return "red" if next(colours) % 3 else "green"
        if "How old" in prompt:
            return str(20 + 3 * next(ages))
        return f"Because of reason {next(reasons)}"

    return answer


@pytest.fixture(scope="module")
def results(stack: LocalStack, provider: FakeOpenAI) -> str:
    """Have results of choices, numbers and texts; return the path of their page."""
    names = [question["question_name"] for question in QUESTIONS]
    made = job(agents=20, questions=tuple(names))
    made["survey"] |= {"questions": QUESTIONS, "rule_collection": rule_collection(names)}
    made["agents"] = [{"traits": {"number": at, "town": ("Ghent", "Bruges")[at % 2]}} for at in range(20)]
    made["models"] = [{"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}]
    sender = Sender(stack.url, "key-ada")
    before, provider.answer = provider.answer, answered()
    told = sender.ended(sender.send(made, description="What people like"))
    provider.answer = before
    return f"/home/content/{told['results_uuid']}/results"


def canvases(page: Page, count: int = len(QUESTIONS)) -> Locator:
    """Wait until all plots of a page are drawn."""
    drawn = page.locator("[data-plot] canvas")
    expect(drawn).to_have_count(count)
    return drawn


@pytest.mark.parametrize("look", [(*WIDE, "light"), (*NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_plots_are_drawn_within_the_pages_policy(
    chromium: Browser, stack: LocalStack, watched: Watched, results: str, look: tuple[int, int, str]
) -> None:
    width, height, scheme = look
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context)
        page.goto(f"{results}?view=plots")
        for canvas in canvases(page).all():
            assert canvas.evaluate(INKED) > 3
            assert canvas.evaluate("canvas => canvas.clientWidth") <= width
        assert shift(page) < LAYOUT_SHIFT
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_plots_take_the_pages_colours_also_when_these_change(
    page: Page, watched: Watched, results: str
) -> None:
    watched.expected = ("willReadFrequently",)  # what is drawn is read by this test only
    page.goto(f"{results}?view=plots")
    assert canvases(page).first.evaluate(PAPER) == "255,255,255"
    page.emulate_media(color_scheme="dark")
    deadline = time.monotonic() + WAIT_MILLISECONDS / 1000
    while canvases(page).first.evaluate(PAPER) != "18,22,26":
        assert time.monotonic() < deadline


def test_a_plot_and_its_numbers_are_kept_as_files(page: Page, results: str) -> None:
    page.goto(f"{results}?view=plots")
    canvases(page)
    with page.expect_download() as kept:
        page.get_by_role("button", name="PNG of colour").click()
    assert kept.value.suggested_filename == "colour.png"
    assert Path(kept.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as kept:
        page.get_by_role("link", name="CSV of colour").click()
    assert kept.value.suggested_filename == "colour.csv"
    lines = Path(kept.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == '"Answer","Answers"'
    assert sum(int(line.rpartition(",")[2]) for line in lines[1:]) == 20


def test_plots_are_split(page: Page, results: str) -> None:
    page.goto(f"{results}?view=plots")
    page.get_by_label("Split all by").select_option("agent.town")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("split=agent.town"))
    canvases(page)
    page.get_by_text("Numbers of colour").click()
    expect(page.get_by_role("region", name="Numbers of colour")).to_contain_text("Bruges")


def test_plots_and_table_are_filtered_alike(page: Page, results: str) -> None:
    page.goto(f"{results}?view=plots")
    page.get_by_text("Numbers of colour").click()
    page.get_by_role("link", name="green").click()
    expect(page.locator(".sentence")).to_contain_text("pass the filters")
    page.get_by_role("link", name="Plots").click()
    canvases(page)
    page.get_by_label("Column").select_option("agent.town")
    page.get_by_label("Value").fill("Bruges")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("list", name="Filters")).to_contain_text("agent.town is Bruges")
    canvases(page)
    page.get_by_text("Numbers of colour").click()
    expect(
        page.get_by_role("region", name="Numbers of colour").locator("tr", has_text="red")
    ).to_contain_text("0")
    page.get_by_role("link", name="Remove this filter: answer.colour").click()
    expect(page.get_by_role("list", name="Filters")).not_to_contain_text("answer.colour")


def test_answers_in_words_are_searched(page: Page, results: str) -> None:
    page.goto(f"{results}?view=plots")
    page.get_by_label("Search these answers").fill("reason 7")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("columnheader")).to_have_text(["#", "answer.why"])
    expect(page.locator(".sentence")).to_contain_text("of which 1 passes the filters")


def test_without_a_script_there_are_the_numbers(
    chromium: Browser, stack: LocalStack, watched: Watched, results: str
) -> None:
    with opened(chromium, stack, watched, java_script_enabled=False) as context:
        page = signed_in(context)
        page.goto(f"{results}?view=plots")
        page.get_by_text("Numbers of colour").click()
        expect(page.get_by_role("region", name="Numbers of colour")).to_contain_text("red")
        expect(page.locator("[data-plot]").first).to_be_hidden()
        expect(page.get_by_role("button", name="PNG of colour")).to_be_hidden()


def test_one_interview_after_the_other_by_key(page: Page, results: str) -> None:
    page.goto(f"{results}?interview=1")
    expect(page.get_by_text("or by the keys")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sentence")).to_contain_text("Interview 2 of 20")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".sentence")).to_contain_text("Interview 1 of 20")
    prompt = page.locator("details", has_text="System prompt").first.locator("p")
    expect(prompt).to_be_hidden()
    page.get_by_text("System prompt").first.click()
    expect(prompt).to_be_visible()


def test_results_are_shared_from_their_own_page(page: Page, results: str) -> None:
    page.goto(results)
    page.get_by_role("navigation", name="Results").get_by_role("link", name="Share").click()
    page.get_by_label("E-mail address or username").fill("reader@example.com")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page).to_have_url(re.compile("view=share"))
    expect(page.locator(".sentence")).to_contain_text("shared with 1 person")
    page.get_by_role("button", name="Share no more").click()
    expect(page.locator("main")).to_contain_text("Nobody.")


@pytest.mark.parametrize("look", [(*WIDE, "dark"), (*NARROW, "light")], ids=["wide-dark", "narrow-light"])
def test_no_view_of_results_keeps_anybody_out(
    chromium: Browser, stack: LocalStack, watched: Watched, results: str, look: tuple[int, int, str]
) -> None:
    width, height, scheme = look
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context)
        split = "view=plots&split=agent.town&where=agent.number&rule=at-least&value=3"
        for query in ("", f"?{split}", "?interview=2", "?view=costs", "?view=share"):
            page.goto(f"{results}{query}")
            assert findings(page) == [], query
            assert page.evaluate("document.documentElement.scrollWidth") <= width, query
