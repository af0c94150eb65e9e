"""The pages of jobs, clicked through."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Watched, signed_in
from tests.browser.jobs import Sender
from tests.journey.client import ending
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI

pytestmark = pytest.mark.browser
JOBS = "/home/remote-inference"


def put_mark(page: Page) -> None:
    """Leave something in a page that does not outlive its being loaded anew."""
    page.evaluate("window.mark = 'the same page'")


def has_mark(page: Page) -> bool:
    return bool(page.evaluate("window.mark === 'the same page'"))


def test_one_signs_in_and_is_led_to_where_one_wanted(context: BrowserContext, watched: Watched) -> None:
    watched.expected = ("401",)
    page = context.new_page()
    page.goto(f"{JOBS}?status=queued")
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("No account on this Perch has this key")
    page.get_by_label("API key").fill("key-eve")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(rf"{JOBS}\?status=queued$"))
    page.get_by_role("button", name="Sign out").click()
    page.goto(JOBS)
    expect(page.get_by_label("API key")).to_be_visible()


def test_somebody_new_is_told_how_to_begin_and_sees_a_first_job_come(
    context: BrowserContext, stack: LocalStack
) -> None:
    page = signed_in(context, "key-new")
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    expect(page.get_by_text(f'EXPECTED_PARROT_URL="{stack.url}"')).to_be_visible()
    Sender(stack.url, "key-new").run_job("The first")
    page.get_by_role("link", name="There are newer jobs: show them").click()
    expect(page.get_by_role("link", name="The first", exact=True)).to_be_visible()


def test_progress_moves_without_loading_the_page_anew(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    with provider.holding(after=3) as over:
        job_id = ada.send_job("Moving", agents=12)
        page.goto(f"/home/remote-job-progress/{job_id}")
        put_mark(page)
        sentence = page.locator(".sentence")
        expect(sentence).to_contain_text("3 of 12 interviews done")
        expect(page.get_by_role("img", name=re.compile("in work|waiting for a worker"))).to_be_visible()
        over.set()
        expect(sentence).to_contain_text("12 of 12 interviews done")
        expect(page.locator(".stand")).to_contain_text("Completed")
        expect(page.get_by_role("link", name="View results")).to_be_visible()
    assert has_mark(page)
    expect(page.locator("#heard")).to_have_text("Up to date")


def test_the_table_moves_and_what_one_did_in_it_stays(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    other = ada.run_job("Beside it")
    with provider.holding() as over:
        job_id = ada.send_job("Moving in the table", agents=5)
        page.goto(f"{JOBS}?open={other}")
        line = page.locator(f"#job-{job_id}")
        expect(line).to_contain_text(re.compile("Running|Queued"))
        put_mark(page)
        line.get_by_role("checkbox").check()
        over.set()
        expect(line).to_contain_text("5 of 5")
        expect(line).to_contain_text("Completed")
        expect(line.get_by_role("link", name="View results of Moving in the table")).to_be_visible()
        expect(line.get_by_role("link", name="Retry Moving in the table")).to_be_visible()
        expect(line.get_by_role("link", name="Cancel Moving in the table")).to_have_count(0)
    assert has_mark(page)
    expect(line.get_by_role("checkbox")).to_be_checked()
    expect(page.locator(f"#history-{other}").get_by_role("heading", name="Added to queue")).to_be_visible()


def test_a_history_opens_in_its_place_and_closes(page: Page, ada: Sender) -> None:
    job_id = ada.run_job("With a history")
    page.goto(JOBS)
    put_mark(page)
    page.get_by_role("link", name="History of With a history").click()
    opened = page.locator(f"#history-{job_id}")
    titles = opened.get_by_role("heading", level=3)
    expect(titles.first).to_have_text("Completed")
    expect(titles.last).to_have_text("Added to queue")
    expect(page).to_have_url(re.compile(f"open={job_id}"))
    assert has_mark(page)
    page.get_by_role("link", name="Close the history of With a history").click()
    expect(opened).to_have_count(0)
    page.go_back()
    expect(opened).to_be_visible()
    opened.get_by_role("link", name="On a page of its own").click()
    expect(page.get_by_role("heading", level=1, name="Job history")).to_be_visible()


def test_cancelling_asks_first(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    with provider.holding():
        job_id = ada.send_job("To be cancelled", agents=6)
        page.goto(f"{JOBS}/{job_id}")
        expect(page.locator(".sentence")).to_contain_text("0 of 6 interviews done")
        page.get_by_role("link", name="Cancel …").click()
        expect(page.get_by_text("6 interviews will not be run; 0 are kept")).to_be_visible()
        page.get_by_role("link", name="Leave as it is").click()
        expect(page.locator(".stand")).to_contain_text("Running")
        page.get_by_role("link", name="Cancel …").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".stand")).to_contain_text("Cancelled")
        expect(page.get_by_role("heading", name="Cancellation request sent")).to_be_visible()


def test_what_failed_is_retried(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    refused = iter((401, 401))
    provider.fault = lambda _: next(refused, None)
    job_id = ada.run_job("Partly refused", agents=5)
    provider.fault = lambda _: None
    page.goto(f"{JOBS}/{job_id}")
    expect(page.locator(".stand")).to_contain_text("Partially failed")
    expect(page.get_by_role("heading", name="Exceptions")).to_be_visible()
    page.get_by_role("link", name=re.compile("Retry just these")).click()
    expect(page.get_by_text("run again and charged")).to_be_visible()
    page.get_by_role("button", name="Retry what failed").click()
    expect(page.locator(".stand")).to_contain_text("Completed")
    expect(page.locator(".sentence")).to_contain_text("5 of 5 interviews done")
    page.get_by_role("link", name="Run 1").click()
    expect(page.get_by_role("heading", name="Exceptions")).to_be_visible()


def test_lines_that_retry_are_copied_from_the_report(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    refused = iter((401,))
    provider.fault = lambda _: next(refused, None)
    job_id = ada.run_job("Refused, and copied", agents=2)
    provider.fault = lambda _: None
    page.goto(f"{JOBS}/error/{job_id}")
    expect(page.get_by_role("heading", name="What you can do next")).to_be_visible()
    page.get_by_role("button", name="Copy As curl").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST http://localhost:")
    assert f'{{"job_uuid": "{job_id}"}}' in copied
    page.get_by_role("link", name="Retry what failed").click()
    expect(page.get_by_text("run again and charged")).to_be_visible()


def test_several_are_cancelled_at_once(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    with provider.holding():
        job_ids = [ada.send_job(f"Together {number}", agents=1) for number in range(2)]
        page.goto(JOBS)
        for number in range(2):
            page.get_by_label(f"Choose Together {number}").check()
        page.locator("button[value=cancel]").click()
        page.get_by_role("button", name="Cancel: 2 jobs").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 jobs cancelled, or about to be")
    for job_id in job_ids:
        assert ending(ada.ended(job_id)) == "cancelled"


def test_several_are_shared_and_then_deleted_at_once(page: Page, ada: Sender) -> None:
    for number in range(2):
        ada.run_job(f"Not needed {number}", agents=1)

    def choose(action: str) -> None:
        page.goto(f"{JOBS}?q=not+needed")
        for number in range(2):
            page.get_by_label(f"Choose Not needed {number}").check()
        page.locator(f"button[value={action}]").click()

    choose("share")
    page.get_by_label("E-mail address or username").fill("eve@example.com")
    page.get_by_role("button", name="Share: 2 jobs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 jobs shared")
    choose("delete")
    expect(page.get_by_text("go for good")).to_have_count(2)
    page.get_by_role("button", name="Delete: 2 jobs").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 jobs deleted")
    page.goto(f"{JOBS}?q=not+needed")
    expect(page.get_by_role("heading", name="No job is like that")).to_be_visible()


def test_days_stand_in_the_address(page: Page, ada: Sender) -> None:
    ada.run_job("Of today", agents=1)
    page.goto(f"{JOBS}?q=of+today")
    page.locator("#to").fill("2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("to=2020-01-31"))
    expect(page.get_by_role("heading", name="No job is like that")).to_be_visible()
    page.locator("#to").fill("")
    page.locator("#from").fill("2020-01-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Of today", exact=True)).to_be_visible()


def test_a_filter_stands_in_the_address(page: Page, ada: Sender) -> None:
    ada.run_job("To be found")
    page.goto(JOBS)
    page.get_by_placeholder("Description or id").fill("to be FOUND")
    page.locator("summary", has_text="Status").click()
    page.get_by_role("checkbox", name="Completed").check()
    page.get_by_role("checkbox", name="Partially failed").check()
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"q=to\+be\+FOUND&status=completed&status=partial_failed"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Show all").click()
    expect(page).to_have_url(re.compile(f"{JOBS}$"))


def test_all_of_it_goes_by_keyboard(context: BrowserContext, ada: Sender, provider: FakeOpenAI) -> None:
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_label("API key")).to_be_focused()
    page.keyboard.type("key-ada")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{JOBS}")
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the page's content")).to_be_focused()
    page.keyboard.press("Enter")
    with provider.holding():
        job_id = ada.send_job("By keyboard", agents=1)
        page.goto(JOBS)
        tab_to(page, f"#cancel-{job_id}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".stand")).to_contain_text(re.compile("Cancelling|Cancelled"))


def test_focus_stays_where_it_is_while_a_page_moves(page: Page, ada: Sender, provider: FakeOpenAI) -> None:
    with provider.holding():
        job_id = ada.send_job("Focused", agents=3)
        page.goto(f"{JOBS}/{job_id}")
        tab_to(page, "#cancel")
        for _ in range(2):
            with page.expect_response(re.compile(job_id)):
                pass
        expect(page.locator("#cancel")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus."""
    page.locator(selector).wait_for()
    for _ in range(100):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_lost_connection_is_said_and_mended(
    page: Page, ada: Sender, provider: FakeOpenAI, watched: Watched
) -> None:
    watched.expected = ("ERR_INTERNET_DISCONNECTED", "htmx:")
    with provider.holding() as over:
        job_id = ada.send_job("Over a bad line", agents=2)
        page.goto(f"{JOBS}/{job_id}")
        page.context.set_offline(True)
        expect(page.locator("#heard")).to_have_text("The connection is lost. This page goes on trying.")
        over.set()
        page.context.set_offline(False)
        expect(page.locator(".stand")).to_contain_text("Completed")
        expect(page.locator("#heard")).to_have_text("Up to date")


def test_a_page_whose_session_ends_leads_to_where_one_signs_in(
    page: Page, ada: Sender, provider: FakeOpenAI
) -> None:
    with provider.holding():
        job_id = ada.send_job("Signed out beside it", agents=1)
        page.goto(f"{JOBS}/{job_id}")
        page.context.clear_cookies()
        expect(page.get_by_label("API key")).to_be_visible()
    assert urlencode({"": f"{JOBS}/{job_id}"})[1:] in page.url or f"{JOBS}/{job_id}" in page.url
