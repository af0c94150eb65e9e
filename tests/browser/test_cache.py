"""An account's cache, in a real Chromium: what a job left there is read, searched and deleted."""

import json
import re
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.browser.test_looks import HOSTILE, findings
from tests.journey.stack import LocalStack
from tests.support.entries import fields

pytestmark = pytest.mark.browser
CACHE = "/home/remote-cache"
STRANGE = ("model", "service", "system_prompt", "user_prompt", "output")
# What other tests have asked lies in the same cache, and some of that is hostile too.
ONLY_HERE = "Only in this entry"


def put_strange(stack: LocalStack, key: str) -> None:
    entry = fields(1, **dict.fromkeys(STRANGE, f"{HOSTILE} {ONLY_HERE}"), parameters={HOSTILE: HOSTILE})
    answer = requests.post(
        f"{stack.url}/api/v0/remote-cache",
        json={"json_string": json.dumps(entry)},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    answer.raise_for_status()


@pytest.mark.parametrize("look", [(*WIDE, "light"), (*NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_no_page_keeps_anybody_out_or_runs_what_strangers_wrote(
    chromium: Browser, stack: LocalStack, watched: Watched, ada: Sender, look: tuple[int, int, str]
) -> None:
    watched.expected = ("404",)
    width, height, scheme = look
    ada.run_job(f"Kept in the cache, {scheme}")
    put_strange(stack, "key-ada")
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context)
        page.goto(f"{CACHE}?q={quote(ONLY_HERE)}")
        strange = page.locator("tbody tr").filter(has_text="<svg onload").locator("a").get_attribute("href")
        assert strange
        for address in (
            *(CACHE, f"{CACHE}?by=month", f"{CACHE}?q=nothing+like+it", strange, f"{CACHE}/{'0' * 32}"),
            *(f"{CACHE}/log", f"{CACHE}/delete?do=found&q=onload", f"{CACHE}/delete?do=found&q=no+such"),
        ):
            page.goto(address)
            assert findings(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert page.locator("main script, main img, main [onload], main [onerror]").count() == 0


def test_an_empty_cache_says_how_it_is_filled(chromium: Browser, stack: LocalStack, watched: Watched) -> None:
    with opened(chromium, stack, watched) as context:
        page = signed_in(context, "key-empty")
        page.get_by_role("link", name="Cache", exact=True).click()
        expect(page.locator(".sentence")).to_have_text("Your cache is empty.")
        expect(page.locator("main")).to_contain_text("fresh=True")
        assert findings(page) == []


def test_what_a_survey_left_is_read_searched_and_deleted(page: Page, ada: Sender) -> None:
    job_id = ada.run_job("To be remembered", agents=3)
    page.get_by_role("link", name="Cache", exact=True).click()
    page.get_by_role("link", name="Log").click()
    line = page.locator("tbody tr").filter(has_text=job_id[:8])
    expect(line).to_contain_text("Add new cache entries from remote inference job")
    expect(line.locator("td").last).to_have_text("3")
    page.get_by_role("link", name="Cache", exact=True).first.click()
    page.get_by_placeholder("Model, prompt or output").fill("to be REMEMBERED")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("3 entries with these words on this page")
    page.locator("tbody tr a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("gpt-4o")
    expect(page.locator("main")).to_contain_text("A fine answer.")
    expect(page.get_by_role("link", name="a job of yours")).to_have_attribute("href", re.compile(job_id))
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("link", name="Leave as it is").click()
    page.goto(f"{CACHE}?q=to+be+remembered")
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Delete those chosen …").click()
    expect(page.get_by_text("and pays for it")).to_be_visible()
    page.get_by_role("button", name="Delete 1 entry").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 entry deleted")
    page.goto(f"{CACHE}?q=to+be+remembered")
    page.get_by_role("button", name="Delete all with these words …").click()
    page.get_by_role("button", name="Delete 2 entries").click()
    page.goto(f"{CACHE}?q=to+be+remembered")
    expect(page.get_by_role("heading", name="No entry has these words")).to_be_visible()


def test_what_it_saves_is_told(page: Page, ada: Sender) -> None:
    for _ in range(2):
        ada.run_job("Asked twice", agents=2)
    page.goto(CACHE)
    expect(page.locator(".sentence")).to_contain_text("came from it")
    table = page.get_by_role("region", name="What the cache saved, by day")
    expect(table.locator("tbody tr")).not_to_have_count(0)
    page.get_by_role("link", name="By month").click()
    expect(page).to_have_url(re.compile("by=month"))


def test_it_is_downloaded_as_edsl_loads_it(page: Page, ada: Sender) -> None:
    ada.run_job("To be downloaded")
    page.goto(CACHE)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (for edsl)").click()
    lines = download.value.path().read_text().splitlines()
    assert any("To be downloaded" in line for line in lines)
