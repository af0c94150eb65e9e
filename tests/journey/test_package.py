"""The package as it is deployed: unpacked, under AWS's own runtime client, with nothing else installed.

Building it takes half a minute and pip's index, seconds when the libraries are still the same, and
nothing when nothing changed.
"""

import ast
import json
import re
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from chalicelib.domain.providers.service import Service
from infra.deploy.packaging.archive import LARGEST_UNZIPPED
from infra.deploy.packaging.cold_start import KEY as COLD_KEY
from infra.deploy.packaging.cold_start import first_settings, first_slice
from infra.deploy.packaging.function import PackagedFunction
from infra.deploy.packaging.interpreter import empty_interpreter
from infra.deploy.packaging.job import send
from infra.deploy.packaging.package import FOLDER, Package, build
from infra.deploy.packaging.stage import API, PackagedStage
from infra.local.command_line.entries import Account
from infra.repository import ROOT
from tests.journey.client import WAIT_SECONDS
from tests.support.answers import answer
from tests.support.fake_openai import FakeOpenAI
from tests.support.jobs import job
from tests.unit.test_cold_start import FOR_EVENTS, PAGES, TOO_HEAVY

pytestmark = pytest.mark.journey
KEY = "key-ada-0123456789-abcdefghijklmn"
"""As long as a deployed stage wants them."""
STATUS = "/api/v0/remote-inference?wait=0&job_uuid="
"""Answered at once: here nothing goes on while a request is held."""
STUBS = "mypy_boto3_"
"""Imported where types are checked, and not where the code runs."""
SQS_FUNCTIONS = ("dispatcher", "worker", "finalizer")


@pytest.fixture(scope="module")
def package() -> Package:
    return build()


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(answer=answer, key="sk-house", models=("gpt-4o",)) as started:
        yield started


@pytest.fixture(scope="module")
def stage(package: Package, provider: FakeOpenAI) -> Iterator[PackagedStage]:
    accounts = [Account("ada@example.com", KEY, 100_000), Account("cold@example.com", COLD_KEY, 100_000)]
    services = [Service("openai", provider.url, "sk-house")]
    with PackagedStage(package, accounts=accounts, services=services) as started:
        yield started


def files_of(folder: Path) -> dict[str, int]:
    return {
        str(file.relative_to(folder)): file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()
    }


def led_to_its_end(stage: PackagedStage, job_id: str) -> dict[str, Any]:
    """Deliver what waits, one message after the other, until the job has ended."""
    for _ in range(100):
        told: dict[str, Any] = stage.ask("GET", f"{STATUS}{job_id}", key=KEY).json()
        if told["status"] not in {"queued", "running"}:
            return told
        for function in SQS_FUNCTIONS:
            stage.deliver(function, seconds=0)
    raise AssertionError(f"the job is still {told['status']}")


def results_of(stage: PackagedStage, told: dict[str, Any]) -> list[dict[str, Any]]:
    pulled = stage.ask("POST", "/api/v0/object/pull", key=KEY, body={"object_uuid": told["results_uuid"]})
    with urllib.request.urlopen(pulled.json()["signed_url"], timeout=WAIT_SECONDS) as opened:
        rows: list[dict[str, Any]] = json.load(opened)["data"]
        return rows


def test_both_zips_are_small_enough_and_compiled(package: Package) -> None:
    everywhere = ("app", "chalicelib/services/running/run_slice", "chalice/app")
    for part, names in ((package.light, everywhere), (package.engine, (*everywhere, "edsl/__init__"))):
        assert part.unzipped_bytes <= LARGEST_UNZIPPED
        for name in names:
            source = part.contents / f"{name}.py"
            assert list((source.parent / "__pycache__").glob(f"{source.stem}.cpython-311.pyc")), name


def test_what_only_the_engine_needs_is_in_one_zip_only(package: Package) -> None:
    light, engine = ({entry.name for entry in part.contents.iterdir()} for part in package.zips)
    assert light < engine
    only_there = {"edsl", "openai", "anthropic", "google", "groq", "mistralai", "RestrictedPython", "aiohttp"}
    assert only_there <= engine - light
    assert package.light.unzipped_bytes < 0.6 * package.engine.unzipped_bytes
    with zipfile.ZipFile(package.light.archive) as opened:
        assert {name.partition("/")[0] for name in opened.namelist()} == light


def test_the_light_zip_has_all_that_its_functions_may_ever_import(package: Package) -> None:
    """Also what is imported inside functions, which no journey may come to."""
    contents = package.light.contents
    imported = {
        name
        for file in (contents / "chalicelib").rglob("*.py")
        if not file.is_relative_to(contents / "chalicelib" / "engine")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in names_in(node)
        if not name.startswith((STUBS, "chalicelib.engine"))
    }
    assert imported >= {"duckdb", "jinja2", "cryptography.hazmat.primitives.ciphers.aead", "xlsxwriter"}
    program = f"import {', '.join(sorted(imported - {'__future__'}))}"
    interpreter = empty_interpreter(FOLDER / "interpreter")
    said = subprocess.run(
        [str(interpreter), "-c", program],
        cwd=contents,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr


def names_in(node: ast.AST) -> list[str]:
    """Return what a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_all_compiled_libraries_are_for_one_architecture(package: Package) -> None:
    libraries = [*package.engine.contents.rglob("*.so")]
    machines = {file.read_bytes()[18:20] for file in libraries}
    assert libraries
    assert len(machines) == 1


@pytest.mark.parametrize("function", ["sweeper", "lister", "remover"])
def test_what_goes_by_the_clock_runs_without_the_engines_libraries(
    stage: PackagedStage, function: str
) -> None:
    with stage.new(function) as fresh:
        fresh.start()
        fresh.invoke({})
        assert "ImportError" not in fresh.said()
        assert "ModuleNotFoundError" not in fresh.said()


def test_the_api_answers(stage: PackagedStage) -> None:
    health = stage.ask("GET", "/health")
    assert health.status == 200, health.body
    settings = stage.ask("GET", "/api/v0/edsl-settings", key=KEY)
    assert settings.status == 200
    assert settings.json()["remote_inference"] is True


def test_pages_come_with_what_they_are_made_of(stage: PackagedStage) -> None:
    led = stage.ask("GET", "/home/remote-inference/error/x?run=2")
    assert led.status == 303
    # A deployed stage's name stands before each path.
    assert led.headers["Location"] == "/api/login?next=/home/remote-inference/error/x%3Frun%3D2"
    form = stage.ask("GET", "/login")
    assert form.status == 200
    assert b'action="/api/login"' in form.body
    style = stage.ask("GET", "/static/perch.css")
    assert style.status == 200
    assert style.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize(
    ("method", "address", "more", "status"),
    [
        ("GET", "/api/v0/remote-inference?job_uuid=x", {}, 401),
        ("GET", "/api/v0/remote-inference?job_uuid=x", {"key": "nobodys"}, 401),
        ("GET", "/api/v0/remote-inference?job_uuid=x", {"key": KEY}, 404),
        ("GET", "/api/v0/remote-inference", {"key": KEY}, 400),
        ("POST", "/api/v0/new-remote-inference", {"key": KEY, "body": {"iterations": "many"}}, 400),
        ("GET", "/api/v0/remote-inference/job/x/history", {"key": KEY}, 404),
        ("DELETE", "/health", {}, 405),
    ],
)
def test_errors_have_words(
    stage: PackagedStage, method: str, address: str, more: dict[str, Any], status: int
) -> None:
    refused = stage.ask(method, address, **more)
    assert refused.status in {status, 422}
    assert refused.json()["detail"]


def test_a_whole_job_completes_and_writes_nothing_into_the_package(
    stage: PackagedStage, package: Package
) -> None:
    before = [files_of(part.contents) for part in package.zips]
    told = led_to_its_end(stage, send(stage, KEY, job(agents=3, scenarios=2, questions=("q0", "q1"))))
    assert told["status"] == "completed", told["reason"]
    rows = results_of(stage, told)
    assert [(row["indices"]["agent"], row["indices"]["scenario"]) for row in rows] == [
        (agent, scenario) for agent in range(3) for scenario in range(2)
    ]
    assert all(row["answer"]["q0"] and row["answer"]["q1"] for row in rows)
    assert [files_of(part.contents) for part in package.zips] == before


def test_a_service_that_speaks_openais_language_is_called(stage: PackagedStage, provider: FakeOpenAI) -> None:
    before = len(provider.asked)
    model = {"model": "gpt-4o", "parameters": {}, "inference_service": "openai"}
    told = led_to_its_end(stage, send(stage, KEY, {**job(agents=2), "models": [model]}))
    assert told["status"] == "completed", (told["reason"], stage.function("worker").said())
    assert len(provider.asked) == before + 2
    assert all(row["answer"]["q0"] for row in results_of(stage, told))


def test_a_job_that_cannot_be_loaded_fails_in_words(stage: PackagedStage) -> None:
    broken = {**job(), "survey": {"questions": [{"question_type": "telepathy"}]}}
    told = led_to_its_end(stage, send(stage, KEY, broken))
    assert told["status"] == "failed"
    assert "loaded" in told["reason"]


def test_the_engine_runs_from_the_package_and_from_nowhere_else(
    stage: PackagedStage, package: Package
) -> None:
    worker = psutil.Process(stage.function("worker").pid)
    servers = [
        process
        for process in worker.children(recursive=True)
        if "chalicelib.engine.child.fork_server_main" in process.cmdline()
    ]
    assert len(servers) == 1
    for process in (worker, *servers):
        loaded = {entry.path for entry in process.memory_maps() if "site-packages" in entry.path}
        own = {
            entry.path
            for entry in process.memory_maps()
            if entry.path.startswith(str(package.engine.contents))
        }
        assert not loaded
        assert any("pydantic_core" in path for path in own)
        assert str(ROOT / "chalicelib") not in process.environ().get("PYTHONPATH", "").split(":")


def test_the_api_function_loads_no_engine(stage: PackagedStage) -> None:
    with stage.new(API, more={"PYTHONPROFILEIMPORTTIME": "1"}) as watched:
        watched.start()
        watched.invoke(stage.request("GET", "/api/v0/edsl-settings", key=KEY))
        loaded = modules_in(watched)
    assert "chalicelib.services.accounts.accounts" in loaded
    assert not loaded & (TOO_HEAVY | FOR_EVENTS | PAGES)
    assert not {name for name in loaded if name.startswith("chalicelib.engine")}


def modules_in(function: PackagedFunction) -> set[str]:
    """Return what a function imported, as Python itself reports it."""
    return set(re.findall(r"^import time:.*\|\s+([\w.]+)$", function.log.read_text(), re.MULTILINE))


def test_first_answers_can_be_measured(stage: PackagedStage) -> None:
    assert first_settings(stage) > 0
    assert first_slice(stage) > 0
