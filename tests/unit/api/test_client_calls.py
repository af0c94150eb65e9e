"""Each call that clients make is served, or is one of those that docs/client-contract.md leaves out."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from app import app
from infra.repository import ROOT

NOT_SERVED = (
    "api/v0/human-survey", "api/v0/prolific-", "api/v0/widgets", "api/v0/macros", "api/v0/projects",
)  # fmt: skip
"""Human surveys and what belongs to them: API Gateway answers these itself (docs/clients.md)."""
SENDERS = {"_send_server_request", "_gateway_request"}
VARIABLE = "{}"
METHODS = {"GET", "POST", "PATCH", "DELETE", "PUT"}


def shape(path: str) -> str:
    """Return a path with all variables alike, without slashes around it and without its query."""
    return re.sub(r"\{[^}]*\}", VARIABLE, path.partition("?")[0]).strip("/")


SERVED = {(method, shape(path)) for path, methods in app.routes.items() for method in methods}


def calls_of_the_engine_s_release() -> Iterator[tuple[str, str]]:
    """Yield method and path of each call that edsl's client of the coop makes, as its source has them."""
    spec = find_spec("edsl")
    assert spec
    assert spec.origin
    for source in sorted(Path(spec.origin).parent.glob("coop/*.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in SENDERS:
                said = {word.arg: word.value for word in node.keywords}
                path, method = _text(said.get("uri")), _text(said.get("method"))
                if path and method:
                    yield method, shape(path)


def _text(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(it.value) if isinstance(it, ast.Constant) else VARIABLE for it in parts)
        case _:
            return ""


def calls_of_the_contract() -> Iterator[tuple[str, str]]:
    """Yield what the tables of section 1 list: their first column, whose later names go on from the first."""
    section = (ROOT / "docs/client-contract.md").read_text().split("## 1. Calls")[1].split("\n## ")[0]
    for line in section.splitlines():
        column = line.split("|")[1] if line.startswith("| ") else ""
        methods: list[str] = []
        path = ""
        for named in re.findall(r"`([^`]+)`", column):
            method, _, said = named.rpartition(" ") if " " in named else ("", "", named)
            if named in METHODS:  # several before one path
                methods.append(named)
                continue
            if method:
                methods = [*methods, method] if not path else [method]
            elif not said.startswith(("/", "…")):
                continue  # words about it
            path = _continued(path, said)
            yield from ((each, shape(path)) for each in methods)


def _continued(before: str, said: str) -> str:
    if said.startswith("…"):  # it ends otherwise than the one before
        rest = said.removeprefix("…/")
        first = rest.split("/")[0]
        at = before.find(f"/{first}")
        return f"{before[:at] if at >= 0 else before}/{rest}"
    if said.startswith("/"):
        stem = before if before.count("/") < 3 else before.rpartition("/")[0]
        return stem + said
    return said


CONTRACT = sorted(set(calls_of_the_contract()))
ENGINE = sorted(set(calls_of_the_engine_s_release()))


def test_the_lists_are_read() -> None:
    assert len(ENGINE) > 80
    assert ("POST", "api/v0/object/push") in CONTRACT
    assert ("GET", "api/v0/remote-inference/job/{}/results/page") in CONTRACT
    assert ("DELETE", "api/v0/object/alias") in CONTRACT
    assert len(CONTRACT) > 50


@pytest.mark.parametrize(("method", "path"), sorted({*CONTRACT, *ENGINE}), ids=" ".join)
def test_each_call_is_served_or_left_out_by_name(method: str, path: str) -> None:
    assert (method, path) in SERVED or path.startswith(NOT_SERVED)


@pytest.mark.parametrize("name", NOT_SERVED)
def test_what_is_left_out_is_not_served(name: str) -> None:
    assert not [path for _, path in SERVED if path.startswith(name)]
