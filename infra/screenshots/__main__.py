"""``make screenshots``: fill a stack by the real client, and take pictures of its pages in Chromium.

They go to ``docs/screenshots/{page}-{wide|narrow}-{light|dark}.png``.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from infra.repository import ROOT
from infra.screenshots.model import FIRST_TRAINS, StudyModel
from infra.screenshots.png import smaller
from infra.screenshots.stack import FillingError, Perch, client, run, running_stack, wait_for

TARGET = ROOT / "docs" / "screenshots"
LARGEST = 110_000
"""Bytes of a picture."""
WAIT_MILLISECONDS = 60_000
SPACE = 40
"""Below a page's last part."""


@dataclass(frozen=True)
class Look:
    """How pages are looked at: of longer ones so much is shown."""

    shape: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    tallest: int


LOOKS = (
    Look("wide", "light", 1200, 800, 1_150),
    Look("wide", "dark", 1200, 800, 1_150),
    Look("narrow", "light", 390, 800, 1_300),
)


@dataclass(frozen=True)
class Shot:
    """A page to be pictured."""

    name: str
    path: str
    waits_for: str = "main"
    """What must be seen before."""
    dark: bool = False
    """Pictured in the dark, too."""
    by_admin: bool = False
    """Only admins see it."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """Return in which of light and dark it is pictured."""
        return ("light", "dark") if self.dark else ("light",)


@dataclass(frozen=True)
class Filled:
    """What the pages show: ids of jobs and of results."""

    places: str
    results: str
    third: str
    buses: str
    trains: str


def shots(filled: Filled) -> Sequence[Shot]:
    """Return the pages to be pictured."""
    jobs, content = "/home/remote-inference", f"/home/content/{filled.results}/results"
    return (
        Shot("sign-in", "/login"),
        Shot("jobs", jobs, dark=True),
        Shot("job", f"{jobs}/{filled.places}"),
        Shot("job-retry", f"{jobs}/{filled.third}", dark=True),
        Shot("job-failed", f"{jobs}/{filled.buses}"),
        Shot("job-history", f"{jobs}/{filled.third}/history"),
        Shot("job-progress", f"/home/remote-job-progress/{filled.trains}"),
        Shot("cancel", f"{jobs}/selected?do=cancel&job={filled.trains}"),
        Shot("results-table", content, dark=True),
        Shot("results-plots", f"{content}?view=plots", waits_for="canvas", dark=True),
        Shot("interview", f"{content}?interview=1"),
        Shot("content", "/home/content"),
        Shot("share", f"{content}?view=share"),
        Shot("results-costs", f"{content}?view=costs"),
        Shot("cache", "/home/remote-cache"),
        Shot("cache-log", "/home/remote-cache/log"),
        Shot("keys", "/home/keys"),
        Shot("credits", "/home/credits", waits_for="canvas", dark=True),
        Shot("ledger", "/home/credits/ledger"),
        Shot("settings", "/home/settings"),
        Shot("admin", "/admin", by_admin=True),
        Shot("admin-accounts", "/admin/accounts", by_admin=True),
    )


def main() -> int:
    """Take the pictures; return an exit code."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--to", type=Path, default=TARGET, metavar="DIR")
    parser.add_argument("--only", action="append", metavar="PAGE", help="may be repeated")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    try:
        with StudyModel() as model, running_stack(model.url) as perch, filled(perch) as ids:
            chosen = [one for one in shots(ids) if not given.only or one.name in given.only]
            for name, size in take(perch, chosen, given.to):
                print(f"{name:40} {size:7,} bytes", flush=True)
    except FillingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def filled(perch: Perch) -> Iterator[Filled]:
    """Run the study; while the block runs, one part of it goes on."""
    run(perch, "places", "third", "buses")
    with client(perch, "trains"):
        trains = wait_for(perch, "Night trains", finished=FIRST_TRAINS)
        by_name = {job["description"]: job["uuid"] for job in perch.jobs()}
        places = by_name["What people think of places in town"]
        yield Filled(
            places=places,
            results=perch.job(places)["results_uuid"],
            third=by_name["Places in town, with a third model"],
            buses=by_name["Evening buses"],
            trains=trains,
        )


def take(perch: Perch, chosen: Sequence[Shot], to: Path) -> Iterator[tuple[str, int]]:
    """Picture pages, wide and narrow, in the light and some of them in the dark; yield names and sizes."""
    path = shutil.which("chromium")
    if path is None:
        raise FillingError("There is no chromium on this machine: `make test-browser` installs it.")
    # Chromium's own sandbox does not start as root.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=options)
        for look, key in product(LOOKS, (perch.key, perch.admin_key)):
            by_admin = key == perch.admin_key
            wanted = [one for one in chosen if one.by_admin is by_admin and look.scheme in one.schemes]
            with _opened(browser, perch.url, key, look) as page:
                for shot in wanted:
                    name = f"{shot.name}-{look.shape}-{look.scheme}"
                    data = smaller(_picture(page, shot, look))
                    if len(data) > LARGEST:
                        raise FillingError(f"The picture {name} has {len(data):,} bytes.")
                    (to / f"{name}.png").write_bytes(data)
                    yield name, len(data)
        browser.close()


@contextmanager
def _opened(browser: Browser, url: str, key: str, look: Look) -> Iterator[Page]:
    """Open a browser of its own, signed in."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": look.width, "height": look.height},
        color_scheme=look.scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home/remote-inference")
    yield page
    context.close()


def _picture(page: Page, shot: Shot, look: Look) -> bytes:
    page.goto(shot.path)
    page.locator(shot.waits_for).first.wait_for()
    page.wait_for_load_state("networkidle")
    ends = page.evaluate("document.querySelector('main').lastElementChild.getBoundingClientRect().bottom")
    height = min(ends + SPACE, look.tallest)
    page.set_viewport_size({"width": look.width, "height": int(height)})
    made = page.screenshot()
    page.set_viewport_size({"width": look.width, "height": look.height})
    return made


if __name__ == "__main__":
    sys.exit(main())
