"""The pages for admins, in a real Chromium; for a member there are none."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.browser.test_looks import findings
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser
ADMIN = "/admin"


def operator(stack: LocalStack, *given: str) -> str:
    """Have the operator's command do something; return what it prints."""
    command = [sys.executable, "-m", "infra.admin", "--local", "--port", str(stack.port), *given]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def key(stack: LocalStack) -> str:
    """The key of an admin."""
    return operator(stack, "create", "boss@example.com", "--admin")


@pytest.mark.parametrize("look", [(*WIDE, "light"), (*NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_no_page_keeps_anybody_out(
    chromium: Browser, stack: LocalStack, watched: Watched, key: str, look: tuple[int, int, str]
) -> None:
    watched.expected = ("404",)
    width, height, scheme = look
    Sender(stack.url, "key-many").run_job(f"Looked at by an admin, {scheme}")
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context, key)
        page.goto(f"{ADMIN}/accounts?q=many")
        account = page.locator("tbody a").first.get_attribute("href")
        assert account
        for address in (
            *(ADMIN, f"{ADMIN}/accounts", f"{ADMIN}/services", f"{ADMIN}/stage", f"{ADMIN}/letters/jobs"),
            *(account, f"{account}/grant?credits=1&note=x", f"{account}/disable", f"{ADMIN}/letters/none"),
        ):
            page.goto(address)
            assert findings(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_for_a_member_there_is_no_such_page(page: Page, watched: Watched) -> None:
    watched.expected = ("404",)
    expect(page.get_by_role("link", name="Admin")).to_have_count(0)
    for path in (ADMIN, f"{ADMIN}/accounts", f"{ADMIN}/stage"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Not found")


def test_an_admin_gives_credits_and_sets_limits(
    chromium: Browser, stack: LocalStack, watched: Watched, key: str
) -> None:
    operator(stack, "create", "student@example.com")
    with opened(chromium, stack, watched) as context:
        page = signed_in(context, key)
        page.get_by_role("link", name="Admin").click()
        page.get_by_role("link", name="Accounts").click()
        page.get_by_placeholder("Address begins with …").fill("stud")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="student@example.com").click()
        page.get_by_label("Credits (below zero takes some back)").fill("12.50")
        page.get_by_label("Note").fill("Summer term")
        page.get_by_role("button", name="Give …").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Give 12.5 credits to student@example.com?")
        page.get_by_role("button", name="Give them").press("Enter")
        expect(page.locator(".sentence")).to_contain_text("12.50 credits available")
        expect(page.get_by_role("region", name="Ledger", exact=True)).to_contain_text("Summer term")
        page.get_by_label("Credits a month").fill("5")
        page.get_by_role("button", name="Set …").click()
        page.get_by_role("button", name="Set the limits").click()
        expect(page.get_by_label("Credits a month")).to_have_value("5.00")


def test_an_account_is_disabled_and_enabled(
    chromium: Browser, stack: LocalStack, watched: Watched, key: str
) -> None:
    theirs = operator(stack, "create", "leaver@example.com")
    with opened(chromium, stack, watched) as context, opened(chromium, stack, watched) as other:
        page, leaver = signed_in(context, key), signed_in(other, theirs)
        page.goto(f"{ADMIN}/accounts?q=leaver")
        page.get_by_role("link", name="leaver@example.com").click()
        page.get_by_role("link", name="Disable …").click()
        expect(page.get_by_text("Nothing is deleted")).to_be_visible()
        page.get_by_role("button", name="Disable the account").click()
        expect(page.locator(".sentence")).to_contain_text("disabled")
        leaver.goto("/home/content")
        expect(leaver).to_have_url(re.compile("/login"))
        page.get_by_role("link", name="Enable …").click()
        page.get_by_role("button", name="Enable the account").click()
        leaver.goto("/home/content")
        expect(leaver.get_by_role("heading", level=1)).to_have_text("Content")


def test_who_has_workers_is_seen(
    chromium: Browser, stack: LocalStack, watched: Watched, key: str, provider: FakeOpenAI
) -> None:
    with opened(chromium, stack, watched) as context, provider.holding(after=1):
        page = signed_in(context, key)
        sender = Sender(stack.url, "key-many")
        job_id = sender.send_job("Seen by an admin", agents=3)
        workers = page.get_by_role("region", name="Whose slices have workers")

        def shown() -> bool:
            page.goto(ADMIN)
            return workers.get_by_text("many@example.com").count() == 1

        assert eventually(shown)
        assert findings(page) == []
        page.get_by_role("link", name="many@example.com").click()
        expect(page.get_by_role("heading", level=2).first).to_have_text("many@example.com")
    sender.ended(job_id)
