"""Keys, settings and credits in a real Chromium: made, switched, spent, given away, left."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.browser.test_looks import HOSTILE, findings
from tests.journey.stack import LocalStack
from tests.support.jobs import job

pytestmark = pytest.mark.browser
KEYS, SETTINGS, CREDITS = "/home/keys", "/home/settings", "/home/credits"


def ask(stack: LocalStack, key: str, method: str, path: str, said: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    answer = requests.request(method, f"{stack.url}/api{path}", json=said, headers=headers, timeout=60)
    answer.raise_for_status()
    return answer.json()


def available(stack: LocalStack, key: str) -> float:
    return float(ask(stack, key, "GET", "/v0/users/get-balance")["credits"])


@pytest.mark.parametrize("look", [(*WIDE, "light"), (*NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_no_page_keeps_anybody_out_or_runs_what_strangers_wrote(
    chromium: Browser, stack: LocalStack, watched: Watched, look: tuple[int, int, str]
) -> None:
    watched.expected = ("404",)
    width, height, scheme = look
    key = "key-hostile"
    Sender(stack.url, key).run_job(HOSTILE)
    ask(stack, key, "POST", "/v0/keys", {"name": HOSTILE[:100]})
    said = {"service": "openai", "key": "sk-0123456789abcdef", "label": HOSTILE[:100]}
    given = ask(stack, key, "POST", "/v0/provider-keys", said)["id"]
    made = ask(stack, key, "GET", "/v0/keys")[0]["key_id"]
    gift = {"credits_gifted": 0.01, "recipient_username": "hostile", "gift_note": HOSTILE}
    ask(stack, "key-ada", "POST", "/users/gift", gift)
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context, key)
        for address in (
            *(KEYS, f"{KEYS}/api/{made}", f"{KEYS}/providers/{given}", f"{KEYS}/api/none"),
            *(SETTINGS, f"{SETTINGS}/leave"),
            *(CREDITS, f"{CREDITS}/ledger", f"{CREDITS}/ledger?kind=payment"),
            f"{CREDITS}/transfer?to=ada&amount=1&note=x",
        ):
            page.goto(address)
            assert findings(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert page.locator("main script, main img, main [onload], main [onerror]").count() == 0


def test_a_key_is_made_copied_once_used_and_revoked(
    chromium: Browser, stack: LocalStack, watched: Watched, page: Page
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Keys").click()
    page.get_by_label("What it is for").fill("Laptop")
    page.get_by_role("button", name="Make it").click()
    secret = page.locator(".once").inner_text()
    assert secret.startswith("perch_")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="I have it: to the keys").click()
    expect(page.locator("main")).not_to_contain_text(secret)
    with opened(chromium, stack, watched) as context:
        other = signed_in(context, secret)
        page.get_by_role("link", name="Change … Laptop").click()
        page.get_by_role("button", name="Revoke").press("Enter")
        expect(page).to_have_url(re.compile(f"{KEYS}$"))
        expect(page.locator("main")).not_to_contain_text("Laptop")
        other.goto(KEYS)
        expect(other).to_have_url(re.compile("/login"))


def test_without_a_script_a_click_selects_the_key(
    chromium: Browser, stack: LocalStack, watched: Watched
) -> None:
    with opened(chromium, stack, watched, java_script_enabled=False) as context:
        page = signed_in(context, "key-eve")
        page.goto(KEYS)
        page.get_by_label("What it is for").fill("Without a script")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)
        page.locator(".once").click()
        selected = page.evaluate("getSelection().toString()")
        assert selected == page.locator(".once").inner_text()


def test_a_provider_key_is_kept_changed_and_removed(page: Page, stack: LocalStack) -> None:
    page.goto(KEYS)
    page.get_by_label("Service").select_option("mistral")
    page.get_by_label("Key", exact=True).fill("ms-0123456789abcdef")
    page.get_by_label("Label").fill("Our team's")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".sentence").first).to_contain_text("A key of yours for mistral")
    page.get_by_label("On: jobs use it").uncheck()
    page.get_by_label("Order").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".sentence").first).to_contain_text("never used by a job, off")
    page.get_by_label("E-mail address").fill("eve@example.com")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator(".readers")).to_contain_text("eve@example.com")
    page.get_by_role("button", name="Remove").click()
    expect(page).to_have_url(re.compile(f"{KEYS}$"))
    expect(page.locator("main")).not_to_contain_text("Our team's")


def test_switches_and_the_clock_are_set(chromium: Browser, stack: LocalStack, watched: Watched) -> None:
    with opened(chromium, stack, watched) as context:
        page = signed_in(context, "key-eve")
        page.get_by_role("link", name="Settings").click()
        page.get_by_label("Remote inference").uncheck()
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".sentence").first).to_contain_text("on your own machine")
        assert ask(stack, "key-eve", "GET", "/v0/edsl-settings")["remote_inference"] is False
        page.get_by_label("Remote inference").check()
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".sentence").first).to_contain_text("Surveys run here")
        page.get_by_label("Times on pages are told in").select_option("Asia/Tokyo")
        page.get_by_role("button", name="Save").last.click()
        expect(page.locator("main")).to_contain_text(re.compile(r"It is now .* JST"))


def test_what_a_job_cost_is_drawn_and_stands_in_the_ledger(page: Page, ada: Sender, tmp_path: Path) -> None:
    # What is asked at an operator's own address is free; edsl's test model has a price.
    job_id = ada.send(job(agents=3), description="What credits went on")
    ada.ended(job_id)
    page.locator("a.balance").click()
    expect(page).to_have_url(re.compile(f"{CREDITS}$"))
    for plot in page.locator("[data-plot]").all():
        expect(plot.locator("canvas")).to_be_visible()
    expect(page.locator("main")).to_contain_text("test test")
    page.get_by_role("link", name="All of it, with filters").click()
    page.get_by_label("Kind").select_option("charge")
    page.get_by_label("A job's id").fill(job_id)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".sentence")).to_contain_text("1 entry like that")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download (CSV)").click()
    kept = tmp_path / "ledger.csv"
    started.value.save_as(kept)
    head, line = csv.reader(io.StringIO(kept.read_text(encoding="utf-8-sig")))
    assert dict(zip(head, line, strict=True))["job"] == job_id


def test_credits_are_given_after_being_asked(page: Page, stack: LocalStack) -> None:
    before = available(stack, "key-eve")
    page.goto(CREDITS)
    page.get_by_label("To", exact=False).last.fill("eve")
    page.get_by_label("Credits", exact=True).fill("2.5")
    page.get_by_label("Note").fill("for your pretests")
    page.get_by_role("button", name="Give …").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Give eve 2.50 credits?")
    assert available(stack, "key-eve") == before
    page.get_by_role("button", name="Give 2.50 credits").press("Enter")
    expect(page).to_have_url(re.compile(f"{CREDITS}$"))
    expect(page.locator("tbody").last).to_contain_text("Transferred to eve: for your pretests")
    assert available(stack, "key-eve") == before + 2.5


def test_everything_is_exported_and_the_account_deleted(
    chromium: Browser, stack: LocalStack, watched: Watched, tmp_path: Path
) -> None:
    watched.expected = ("400",)
    with opened(chromium, stack, watched) as context:
        page = signed_in(context, "key-leaving")
        page.goto(SETTINGS)
        page.get_by_role("button", name="Export everything").click()
        ready = page.get_by_role("link", name="Download (zip)")
        for _ in range(60):
            if ready.count():
                break
            page.wait_for_timeout(1000)
            page.goto(SETTINGS)
        with page.expect_download() as started:
            ready.click()
        started.value.save_as(tmp_path / "all.zip")
        assert (tmp_path / "all.zip").read_bytes().startswith(b"PK")
        page.get_by_role("link", name="Delete this account …").click()
        page.get_by_label("to say that you mean it").fill("somebody")
        page.get_by_role("button", name="Delete everything").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing was deleted")
        page.go_back()
        page.get_by_label("to say that you mean it").fill("leaving")
        page.get_by_role("button", name="Delete everything").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account is closed")
        page.goto(KEYS)
        expect(page).to_have_url(re.compile("/login"))
