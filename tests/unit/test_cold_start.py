"""What the api function loads before its first answer: somebody waits for it."""

import json
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
MOST_MODULES = 1150
"""So that what is added is seen: each costs half a millisecond here, and more on Lambda."""


def test_importing_the_app_loads_nothing_that_only_few_answers_need() -> None:
    program = "import app, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)))
    assert TOO_HEAVY & loaded == set()
    assert len(loaded) <= MOST_MODULES


def test_importing_the_app_makes_no_client_and_needs_no_settings() -> None:
    program = (
        "import app; from chalicelib.storage.aws import clients; print(clients.s3.cache_info().currsize)"
    )
    environment = {"PATH": "/usr/bin:/bin"}
    said = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True, env=environment)
    assert said.strip() == "0"
