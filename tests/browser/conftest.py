"""A real Chromium before a whole local stack. Whatever a page does that it must not fails its test."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright

from tests.browser.jobs import Sender
from tests.journey.stack import LocalStack
from tests.support.fake_openai import FakeOpenAI

ACCOUNTS = (
    *("ada@example.com=key-ada:1000", "eve@example.com=key-eve", "new@example.com=key-new"),
    "empty@example.com=key-empty",
    *("many@example.com=key-many:1000", "hostile@example.com=key-hostile:1000"),
    "leaving@example.com=key-leaving:10",
    "story@example.com=key-story:1",
)
WAIT_MILLISECONDS = 60_000
"""How long to wait for what must come: on a busy machine all of it takes long. Nothing is proven by it."""
expect.set_options(timeout=WAIT_MILLISECONDS)
WIDE = (1280, 800)
NARROW = (380, 760)


@pytest.fixture(scope="session")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=lambda _: "A fine answer.", key="sk-house", models=("gpt-4o",)) as started:
        yield started


@pytest.fixture(scope="session")
def stack(provider: FakeOpenAI) -> Iterator[LocalStack]:
    with LocalStack(accounts=ACCOUNTS, services=[f"openai={provider.url}=sk-house"]) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "There is no chromium on this machine: `make test-browser` installs it."
    # Chromium's own sandbox does not start as root, as which checks run.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a browser was seen to do that no page of ours may."""

    host: str
    expected: tuple[str, ...] = ()
    """What may stand in a message that is no complaint: of tests that break something."""
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page from now on."""
        page.on("pageerror", lambda error: self._said("error", str(error)))
        page.on("dialog", self._asked_by)
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(words in text for words in self.expected):
            self.seen.append(f"{kind}: {text}")

    def _asked_by(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if urlsplit(url).netloc != self.host:
            self.seen.append(f"asked elsewhere: {url}")


@pytest.fixture
def watched(stack: LocalStack) -> Iterator[Watched]:
    found = Watched(urlsplit(stack.url).netloc)
    yield found
    assert found.seen == []


@pytest.fixture
def context(chromium: Browser, stack: LocalStack, watched: Watched) -> Iterator[BrowserContext]:
    with opened(chromium, stack, watched) as made:
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return signed_in(context)


def opened(chromium: Browser, stack: LocalStack, watched: Watched, **options: object) -> BrowserContext:
    """Return a browser of its own, without cookies, which notes what goes wrong."""
    width, height = WIDE
    chosen = {"viewport": {"width": width, "height": height}, "color_scheme": "light", **options}
    made = chromium.new_context(base_url=stack.url, **chosen)  # type: ignore[arg-type]
    made.set_default_timeout(WAIT_MILLISECONDS)
    made.on("page", watched.watch)
    return made


def signed_in(context: BrowserContext, key: str = "key-ada") -> Page:
    """Sign in with a key; return the page that one is led to."""
    page = context.new_page()
    page.goto("/")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home/remote-inference")
    return page


@pytest.fixture(scope="session")
def ada(stack: LocalStack) -> Sender:
    return Sender(stack.url, "key-ada")
