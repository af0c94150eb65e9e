"""What the api function loads before its first answer: somebody waits for it."""

import json
import os
import subprocess
import sys

from infra.repository import ROOT

TOO_HEAVY = {
    *("edsl", "chalicelib.engine", "moto"),
    *("openai", "anthropic", "google", "groq", "mistralai", "rich", "aiohttp", "httpx", "cryptography"),
    *("pandas", "numpy", "duckdb", "_duckdb", "xlsxwriter", "openpyxl", "docx", "jinja2", "markupsafe"),
    *("aws_lambda_powertools.event_handler", "aws_xray_sdk"),
}
"""Whatever of this an answer needs, only that answer waits for it."""
FOR_EVENTS = {"chalicelib.events.handlers", "aws_lambda_powertools.utilities.batch"}
"""What the functions need that are handed messages, which the api function never is."""
PAGES = {"chalicelib.web.blueprints", "chalicelib.web.pages"}
MOST_MODULES = 950
"""So that what is added is seen: each costs half a millisecond here, and more on Lambda."""


def said_by(program: str, function: str) -> str:
    environment = os.environ | {"_HANDLER": f"app.{function}"}
    return subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True, env=environment)


def test_importing_the_app_loads_nothing_that_only_few_answers_need() -> None:
    loaded = set(json.loads(said_by("import app, json, sys; print(json.dumps(sorted(sys.modules)))", "app")))
    assert (TOO_HEAVY | FOR_EVENTS | PAGES) & loaded == set()
    assert len(loaded) <= MOST_MODULES


def test_other_functions_have_what_messages_need_before_the_first_one_comes() -> None:
    loaded = set(
        json.loads(said_by("import app, json, sys; print(json.dumps(sorted(sys.modules)))", "sweeper"))
    )
    assert loaded >= FOR_EVENTS


def test_importing_the_app_looks_for_no_garbage_and_leaves_that_to_what_follows() -> None:
    program = """
import gc
passes = []
gc.callbacks.append(lambda _, told: passes.append(gc.get_freeze_count()) if told["generation"] == 2 else None)
import app
print(gc.isenabled(), all(frozen > 10_000 for frozen in [*passes, gc.get_freeze_count()]))
"""
    assert said_by(program, "app").strip() == "True True"


def test_importing_the_app_makes_no_client_and_needs_no_settings() -> None:
    program = (
        "import app; from chalicelib.storage.aws import clients; print(clients.s3.cache_info().currsize)"
    )
    environment = {"PATH": "/usr/bin:/bin"}
    said = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True, env=environment)
    assert said.strip() == "0"


def test_the_first_request_for_a_page_has_all_pages_there() -> None:
    program = """
import app, json
from infra.local.packaged.events import proxy_event
before = set(app.app.routes)
style = proxy_event(["/static/{name}"], "GET", "/static/perch.css")
status = app.app(style, None)["statusCode"]
print(json.dumps([status, sorted(before), sorted(app.app.routes)]))
"""
    status, before, after = json.loads(said_by(program, "app"))
    everywhere = json.loads(said_by("import app, json; print(json.dumps(sorted(app.app.routes)))", "sweeper"))
    assert status == 200
    assert "/login" not in before
    assert after == everywhere
