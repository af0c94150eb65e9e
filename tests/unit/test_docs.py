"""The documents say what is there."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import app
from chalicelib.settings import Settings
from infra.repository import ROOT

PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ; .+)?")
REFERENCE = r"(?:G\d+|\d+(?:\.\d+)?)"
"""A section's number, or a gotcha's."""
REFERENCES = rf"(?:sections? {REFERENCE}|G\d+)(?:(?:,? and |, | to |–)(?:sections? )?{REFERENCE})*\b"
CITATION = re.compile(rf"\b[Cc]ontract(?:'s)?[ ,:(]{{1,3}}(?:(?:see|end of) )?({REFERENCES})")
PROMISE = re.compile(r"\bP\d+\b")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_route_is_documented_and_nothing_else() -> None:
    documented = set(
        re.findall(r"`(GET|POST|PATCH|DELETE|PUT) (/[^`?]*)", (ROOT / "docs/api.md").read_text())
    )
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert documented == routes


@pytest.mark.parametrize("name", ["runtime", "development", "embedded-model", "checkov"])
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


def test_every_setting_named_is_there() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    named = {name.removeprefix("PERCH_").lower() for name in re.findall(r"`(PERCH_\w+)`", operations)}
    assert named <= set(Settings.model_fields)


def test_every_test_named_in_the_table_of_clients_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs/clients.md").read_text())
    there = "".join(file.read_text() for file in (ROOT / "tests/clients").glob("test_*.py"))
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in there] == []


def test_every_attack_leads_to_tests_that_are_there() -> None:
    section = (ROOT / "docs/security.md").read_text().partition("\n## Attacks,")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    there = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert [name for name in named if f"def {name}(" not in there] == [], row
    assert len(rows) > 10


def everything_written() -> Iterator[tuple[Path, str]]:
    """Yield each Python file and document but this one, its lines joined as if they had never been broken."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if not name.startswith((".", "__")) and name != "build"]
        for path in (Path(folder, name) for name in names if name.endswith((".py", ".md"))):
            if path != Path(__file__):
                yield path, in_one_line(path.read_text())


def in_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*(?:#+ |> )?", " ", text)


def cited(text: str) -> list[str]:
    return [one for found in CITATION.findall(text) for one in re.findall(REFERENCE, found)]


def contract_labels() -> set[str]:
    contract = (ROOT / "docs/client-contract.md").read_text()
    sections = re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", contract, re.MULTILINE)
    gotchas = re.findall(r"^\*\*(G\d+)\. ", contract, re.MULTILINE)
    assert len({*sections, *gotchas}) == len([*sections, *gotchas])
    return {*sections, *gotchas}


def promises_and_table() -> tuple[list[tuple[str, str]], set[str]]:
    section = (
        (ROOT / "docs/architecture.md").read_text().partition("\n## Promises\n")[2].partition("\n## ")[0]
    )
    listed = re.findall(r"^(\d+)\. \*\*(P\d+), ", section, re.MULTILINE)
    return listed, set(re.findall(r"^\| (P\d+) ", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("answered so (client contract, section 3.3).", ["3.3"]),
        ("(client\n    # contract, section 5)", ["5"]),
        ("(client contract,\n    sections 3.3 and 7); more", ["3.3", "7"]),
        ("contract, sections 3.3 and G2", ["3.3", "G2"]),
        ("Client contract, G4: both names", ["G4"]),
        ("contract section 2.1. 5 seconds", ["2.1"]),
        ("the client contract's (end of section 3.3)", ["3.3"]),
        ("client contract, sections 2.1 to 2.4, and G10", ["2.1", "2.4", "G10"]),
        ("the contract tests, 5 of them", []),
    ],
)
def test_citations_are_found_however_they_are_spelled(text: str, references: list[str]) -> None:
    assert cited(in_one_line(text)) == references


def test_every_citation_of_the_client_contract_leads_somewhere() -> None:
    labels = contract_labels()
    citations = [(path, one) for path, text in everything_written() for one in cited(text)]
    assert len(citations) > 25
    assert [(str(path.relative_to(ROOT)), one) for path, one in citations if one not in labels] == []


def test_the_client_contract_refers_to_what_it_has() -> None:
    labels = contract_labels()
    assert {f"G{number}" for number in range(1, 11)} <= labels
    text = in_one_line((ROOT / "docs/client-contract.md").read_text())
    named = [one for found in re.findall(rf"\b{REFERENCES}", text) for one in re.findall(REFERENCE, found)]
    assert len(named) > 20
    assert [one for one in named if one not in labels] == []


def test_every_promise_that_is_named_is_made() -> None:
    listed, table = promises_and_table()
    assert [promise for _, promise in listed] == [f"P{number}" for number, _ in listed]
    assert table == {promise for _, promise in listed}
    named = [(path, promise) for path, text in everything_written() for promise in PROMISE.findall(text)]
    assert len(named) > 50
    assert [(str(path.relative_to(ROOT)), one) for path, one in named if one not in table] == []
