"""Read in a release's source which calls it makes, what it sends with them, and what it reads of answers."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SENDER = "_send_server_request"
"""Every release sends its requests by this method; a function of edsl's mostly makes one call."""


@dataclass(frozen=True, order=True)
class Call:
    """A method and a path; ``{}`` stands for what is filled in."""

    method: str
    path: str


@dataclass
class Use:
    """What the functions that make a call write into and read from dictionaries."""

    sent: set[str]
    read: set[str]


Calls = dict[Call, Use]


def calls_of(package: Path) -> Calls:
    """Return the calls of a package's modules."""
    found: Calls = {}
    for module in sorted(package.rglob("*.py")):
        for function in _functions(module.read_text()):
            for call in _made_by(function):
                use = found.setdefault(call, Use(set(), set()))
                use.sent |= _written(function)
                use.read |= _looked_for(function)
    return found


def _functions(source: str) -> Iterator[ast.AST]:
    if SENDER not in source:
        return  # some releases have modules that are no Python
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _made_by(function: ast.AST) -> Iterator[Call]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if name != SENDER:
            continue
        said = {keyword.arg: keyword.value for keyword in node.keywords}
        said |= dict(zip(("uri", "method"), node.args, strict=False))
        paths = _texts(said.get("uri"), function)
        for method in _texts(said.get("method"), function) or ["?"]:
            for path in paths:
                yield Call(method.upper(), path.lstrip("/"))


def _texts(node: ast.AST | None, function: ast.AST) -> list[str]:
    """Return what an expression may be: a text, one with parts filled in, or a name that was given such."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    if isinstance(node, ast.Name):
        return [text for value in _given(node.id, function) for text in _texts(value, function)]
    return []


def _given(name: str, function: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or isinstance(node.value, ast.Name):
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            yield node.value


def _written(function: ast.AST) -> set[str]:
    keys = [key for node in ast.walk(function) if isinstance(node, ast.Dict) for key in node.keys]
    keys += [
        node.slice
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]
    return _constants(keys)


def _looked_for(function: ast.AST) -> set[str]:
    keys: list[ast.expr | None] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            keys.append(node.slice)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            keys += node.args[:1]
    return _constants(keys)


def _constants(keys: list[ast.expr | None]) -> set[str]:
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
