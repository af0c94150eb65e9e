"""What most functions run: the package without what only the engine needs.

Lambda fetches and unpacks a function's zip before it starts it, and half of ours is edsl and the
providers' clients. Two functions run jobs; the others never import them.
"""

import os
import shutil
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.deploy.packaging.errors import PackagingError

REQUIRED = "requirements/runtime.in"
ENGINES = frozenset(
    {"edsl", "anthropic", "azure-ai-inference", "google-genai", "groq", "mistralai", "openai"}
    | {"restrictedpython"}
)
"""Of what is required, that which only the engine imports; what they need in turn goes with them."""
ASKED_FOR_ITS_VERSION = "edsl"
"""Results that are downloaded say which one they were made with."""


def link_light(whole: Path, light: Path, required: Iterable[str], code: Iterable[str]) -> None:
    """Lay out the light package beside the whole one, as links to the same files.

    Raises PackagingError if the whole one lacks a library.
    """
    kept = set(code) | _entries(whole, required)
    shutil.rmtree(light, ignore_errors=True)
    light.mkdir()
    for entry in whole.iterdir():
        if entry.name == "__pycache__":
            (light / entry.name).mkdir()
            for compiled in entry.iterdir():
                if f"{compiled.name.split('.')[0]}.py" in kept:
                    os.link(compiled, light / entry.name / compiled.name)
        elif entry.name in kept and entry.is_dir():
            shutil.copytree(entry, light / entry.name, copy_function=os.link)
        elif entry.name in kept:
            os.link(entry, light / entry.name)


def requirements_in(file: Path) -> list[str]:
    """Return the requirements that a file has, a line each."""
    lines = (line.strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _entries(whole: Path, required: Iterable[str]) -> set[str]:
    """Return which entries of the package the libraries lie in that not only the engine needs."""
    there = {
        str(canonicalize_name(found.metadata["Name"])): found
        for found in metadata.distributions(path=[str(whole)])
    }
    waiting = [name for line in required if (name := _name(Requirement(line))) not in ENGINES]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        if name not in there:
            raise PackagingError(f"{name} is not in the package, and functions need it.")
        needed.add(name)
        asked = (Requirement(line) for line in there[name].requires or [])
        waiting += [
            _name(each) for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    entries = {file.parts[0] for name in needed for file in there[name].files or []}
    if found := there.get(ASKED_FOR_ITS_VERSION):
        entries |= {part for file in found.files or [] if (part := file.parts[0]).endswith(".dist-info")}
    return entries


def _name(requirement: Requirement) -> str:
    return str(canonicalize_name(requirement.name))
