"""What somebody keeps, in a real Chromium: looked at, changed, shared, deleted."""

import json
import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE, Watched, opened, signed_in
from tests.browser.jobs import Sender
from tests.browser.test_looks import HOSTILE, findings
from tests.journey.stack import LocalStack

pytestmark = pytest.mark.browser
CONTENT = "/home/content"
AGENTS = {"agent_list": [{"traits": {"age": age, "town": "Ghent"}} for age in range(12)]}
STRANGE = {"agent_list": [{"traits": {HOSTILE: HOSTILE}, "name": HOSTILE}]}
STRANGE_CELLS = [
    *({"cell_type": kind, "source": f"# {HOSTILE}\n\n|a|b|\n|-|-|\n|1|2|"} for kind in ("markdown", "code")),
    {
        "cell_type": "code",
        "source": "x" * 500,
        "outputs": [{"text": HOSTILE}, {"data": {"text/html": HOSTILE}}],
    },
]
STRANGE_ENTRY = dict.fromkeys(("model", "service", "system_prompt", "user_prompt", "output"), HOSTILE)
STRANGE_RULES = [
    {"current_q": 0, "expression": HOSTILE, "next_q": 2},
    {"current_q": 1, "expression": "{{ q0.answer }} == 'no'", "next_q": "EndOfSurvey"},
]
READABLE: dict[str, dict[str, Any]] = {
    "notebook": {"name": HOSTILE, "data": {"cells": STRANGE_CELLS}},
    "cache": {
        f"key {number}": {**STRANGE_ENTRY, "parameters": {}, "iteration": 0, "timestamp": 0}
        for number in range(30)
    },
    "survey": {
        "questions": [
            {"name": HOSTILE, "text": HOSTILE * 9, "edsl_class_name": "Instruction"},
            *({"question_name": f"q{number}", "question_text": HOSTILE} for number in range(3)),
        ],
        "memory_plan": {"data": {"q1": {"prior_questions": ["q0"]}}},
        "rule_collection": {"rules": STRANGE_RULES},
        "question_groups": {HOSTILE: [0, 1]},
    },
}


def push(stack: LocalStack, key: str, value: dict[str, Any], **said: str) -> str:
    headers = {"Authorization": f"Bearer {key}"}
    body = {"object_type": "agent_list", "visibility": "private", "version": "1.0.9", **said}
    answer = requests.post(
        f"{stack.url}/api/v0/object",
        json={**body, "json_string": json.dumps(value)},
        headers=headers,
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.json()["uuid"])


@pytest.mark.parametrize("look", [(*WIDE, "light"), (*NARROW, "dark")], ids=["wide-light", "narrow-dark"])
def test_no_page_keeps_anybody_out_or_runs_what_strangers_wrote(
    chromium: Browser, stack: LocalStack, watched: Watched, ada: Sender, look: tuple[int, int, str]
) -> None:
    watched.expected = ("404",)
    width, height, scheme = look
    mine = push(stack, "key-ada", AGENTS, description="Twelve people of Ghent")
    strange = push(stack, "key-eve", STRANGE, description=HOSTILE, visibility="public")
    readable = [push(stack, "key-ada", value, object_type=name) for name, value in READABLE.items()]
    results = ada.ended(ada.run_job("Kept"))["results_uuid"]
    viewport = {"width": width, "height": height}
    with opened(chromium, stack, watched, viewport=viewport, color_scheme=scheme) as context:
        page = signed_in(context)
        for address in (
            *(CONTENT, f"{CONTENT}?of=public", f"{CONTENT}?of=shared", f"{CONTENT}?q=nothing+like+it"),
            *(f"/content/{mine}", f"/content/{strange}", f"/content/{results}?about=1", "/content/none"),
            *(f"/content/{one}" for one in readable),
            f"/content/{readable[1]}?q=script&page=2",
            f"{CONTENT}/{mine}/delete",
            *(f"{CONTENT}/{results}/results{query}" for query in ("", "?view=plots", "?interview=1")),
        ):
            page.goto(address)
            assert findings(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert page.locator("main script, main img, main [onload], main [onerror]").count() == 0


def test_it_is_changed_shared_and_deleted_by_its_page(page: Page, stack: LocalStack) -> None:
    content_id = push(stack, "key-ada", AGENTS, description="To be changed")
    page.goto(CONTENT)
    page.get_by_role("link", name="To be changed").click()
    page.get_by_label("Description").fill("Changed")
    page.get_by_label("Who may read it").select_option("public")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changed")
    expect(page.locator(".sentence")).to_contain_text("public")
    page.get_by_label("E-mail address or username").fill("somebody@example.com")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator(".readers")).to_contain_text("somebody@example.com")
    page.get_by_role("button", name="Share no more").click()
    expect(page.locator("main")).to_contain_text("Nobody.")
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete").press("Enter")
    expect(page).to_have_url(re.compile(f"{CONTENT}$"))
    expect(page.locator("main")).not_to_contain_text(content_id)
