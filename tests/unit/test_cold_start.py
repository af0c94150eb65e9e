"""What the api function loads before its first answer: somebody waits for it."""

import json
import subprocess
import sys

from infra.repository import ROOT

TOO_HEAVY = {
    "edsl",
    "openai",
    "aiohttp",
    "pandas",
    "numpy",
    "moto",
    "chalicelib.engine",
    "duckdb",
    "_duckdb",
    "xlsxwriter",
}


def test_importing_the_app_loads_no_engine() -> None:
    program = "import app, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True))
    assert TOO_HEAVY & set(loaded) == set()


def test_importing_the_app_makes_no_client_and_needs_no_settings() -> None:
    program = (
        "import app; from chalicelib.storage.aws import clients; print(clients.s3.cache_info().currsize)"
    )
    environment = {"PATH": "/usr/bin:/bin"}
    said = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True, env=environment)
    assert said.strip() == "0"
