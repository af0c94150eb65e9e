"""Which settings a function's code can read, found by reading it.

What a stage decides is told to those whom it concerns. A setting that was left out would silently be its
default: so a test holds the lists in ``policies.yaml`` against what is found here. It leads from a function
of ``app.py`` over what that calls in the modules which are doors to many rooms, and from there over all that
is imported, whether it is called or not.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import grimp

from infra.grants.environment import DECISIONS
from infra.grants.policies import ALL
from infra.repository import ROOT

DOORS = (
    "app",
    "chalicelib.events.handlers",
    "chalicelib.services.recovery.letters",
    "chalicelib.services.recovery.dead_letters",
)
"""Modules with something for each function: of these only what a function uses is followed."""
PARTS = "chalicelib.services.deps"
"""Puts together parts, with their settings: read where a part is used."""
OF_REQUESTS = ("chalicelib.application", "chalicelib.api.blueprints", "chalicelib.web.blueprints")
DERIVED = {"shares_cache": "cache_scope"}
"""Properties of the settings, and what each is read from."""


def reachable_settings(function: str) -> set[str]:
    """Return the decisions of a stage that a function's code can read."""
    if function == "api_handler":
        starts = {*OF_REQUESTS, *_used("app", "reworded"), *_used("app", "written_down")}
    else:
        starts = _used("app", function)
    modules = set(starts)
    for module in starts:
        modules |= _imports().find_upstream_modules(module)
    found = {name for module in modules - {PARTS, *DOORS} for name in _read_by(module)}
    return set(DECISIONS) if ALL in found else found


def _used(door: str, name: str, *, seen: frozenset[tuple[str, str]] = frozenset()) -> set[str]:
    """Return the modules that something in a door uses, whichever doors lie between."""
    if (door, name) in seen:
        return set()
    here = seen | {(door, name)}
    origins, found = _origins(door), set()
    for used, attribute in _mentioned(_defined(door)[name]) if name in _defined(door) else [(name, None)]:
        if used in _defined(door):
            found |= _used(door, used, seen=here)
        elif used in origins:
            module, its_name = origins[used]
            if module not in DOORS:
                found.add(module)
            elif what := its_name or attribute:
                found |= _used(module, what, seen=here)
    return found


def _mentioned(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Yield each name, with the attribute that is taken of it; a decorator's are not its function's."""
    parts = tree.body if isinstance(tree, ast.FunctionDef) else [tree]
    for node in (node for part in parts for node in ast.walk(part)):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                yield name, attribute
            case ast.Name(id=name):
                yield name, None


@cache
def _origins(door: str) -> Mapping[str, tuple[str, str | None]]:
    """Return where imported names come from: a module, and what each is there, unless it is the module."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(_tree(door)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chalicelib"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = whole in _imports().modules
                origin = (whole, None) if is_module else (str(node.module), alias.name)
                found[alias.asname or alias.name] = origin
    return found


@cache
def _defined(module: str) -> Mapping[str, ast.stmt]:
    """Return what a module defines, by its names."""
    found: dict[str, ast.stmt] = {}
    for node in _tree(module).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = node
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = node
    return found


@cache
def _read_by(module: str) -> frozenset[str]:
    return frozenset(_read_in(_tree(module)) | _read_by_parts(_tree(module)))


def _read_in(tree: ast.AST) -> set[str]:
    """Return what is read as ``deps().settings.NAME`` or ``chosen.NAME``; ALL where it is by any name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=holder, attr=name) if _holds_settings(holder):
                found.add(DERIVED.get(name, name))
            case ast.Call(func=ast.Name(id="getattr"), args=[holder, *_]) if _holds_settings(holder):
                found.add(ALL)
    return found & {*DECISIONS, ALL}


def _holds_settings(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="deps")), attr="settings"):
            return True
        case ast.Call(func=ast.Name(id="settings")) | ast.Name(id="chosen"):
            return True
    return False


def _read_by_parts(tree: ast.AST) -> set[str]:
    """Return what is read for the parts that a module uses, and by the functions beside them."""
    used: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="deps")), attr=name):
                used.add(name)
            case ast.ImportFrom(module=module, names=names) if module == PARTS:
                used.update(alias.name for alias in names)
    return {name for part, read in _parts().items() if part in used for name in read}


@cache
def _parts() -> Mapping[str, set[str]]:
    """Return the settings that each part is made with, and each function beside them reads."""
    found = {
        name: _read_in(node) for name, node in _defined(PARTS).items() if isinstance(node, ast.FunctionDef)
    }
    for node in ast.walk(_defined(PARTS)["deps_of"]):
        match node:
            case ast.Call(func=ast.Name(id="Deps"), keywords=keywords):
                for part in keywords:
                    made_by = part.value.id if isinstance(part.value, ast.Name) else ""
                    found[str(part.arg)] = _read_in(part.value) | found.get(made_by, set())
    return {part: read for part, read in found.items() if part not in ("deps", "deps_of")}


def overlooked() -> Iterator[str]:
    """Yield what would not be seen here: doors that read settings, and settings under unusual names."""
    yield from filter(_read_by, DOORS)
    for module in sorted(_imports().modules - {PARTS}):
        tree = _tree(module)
        seen = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id="chosen")], value=holder):
                    seen.add(id(holder))
                case ast.Call(func=ast.Name(id="getattr"), args=[holder, *_]):
                    seen.add(id(holder))
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(attr="settings") | ast.Call(func=ast.Name(id="deps")) if (
                    _holds_settings(node) or isinstance(node, ast.Call)
                ) and id(node) not in seen:
                    yield f"{module}, line {node.lineno}"


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text())


@cache
def _imports() -> grimp.ImportGraph:
    return grimp.build_graph("chalicelib", cache_dir=None)
