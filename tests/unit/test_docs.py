"""The documents say what is there."""

import re
from pathlib import Path

import pytest

from app import app
from chalicelib.settings import Settings
from tests.support.repository import ROOT

PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ; .+)?")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_route_is_documented_and_nothing_else() -> None:
    documented = set(
        re.findall(r"`(GET|POST|PATCH|DELETE|PUT) (/[^`?]*)", (ROOT / "docs/api.md").read_text())
    )
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert documented == routes


@pytest.mark.parametrize("name", ["runtime", "development", "embedded-model"])
def test_every_dependency_has_its_reason(name: str) -> None:
    reasons = (ROOT / "docs/dependencies.md").read_text()
    for line in (ROOT / f"requirements/{name}.in").read_text().splitlines():
        library = re.split(r"[\[=<>]", line.partition("#")[0].strip())[0]
        if library and not library.startswith(("-r", "types-")):
            assert re.search(rf"(?<![\w-]){re.escape(library)}(?![\w-])", reasons), library


def test_locks_pin_everything_and_name_no_index() -> None:
    for lock in [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]:
        for line in lock.read_text().splitlines():
            assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ; .+)?", line), (
                lock.name,
                line,
            )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), target
    for path in re.findall(r"`((?:chalicelib|infra|tests|docs|requirements|\.chalice)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_that_are_named_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", document.read_text(), flags=re.MULTILINE))
    assert named <= targets


def test_every_alarm_and_every_setting_named_is_explained() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    alarms = re.findall(r"^  (\w+Alarm):$", (ROOT / "infra/patches.yaml").read_text(), re.MULTILINE)
    assert len(alarms) > 5
    assert [alarm for alarm in alarms if alarm not in operations] == []
    named = {name.removeprefix("PERCH_").lower() for name in re.findall(r"`(PERCH_\w+)`", operations)}
    assert named <= set(Settings.model_fields)


def test_every_test_named_in_the_table_of_clients_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs/clients.md").read_text())
    there = "".join(file.read_text() for file in (ROOT / "tests/clients").glob("test_*.py"))
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in there] == []
