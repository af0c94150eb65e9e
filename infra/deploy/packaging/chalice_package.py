"""Have Chalice package a clean copy of what runs."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from chalicelib.events.warming import WITH_EDSL
from infra.deploy.packaging.errors import PackagingError
from infra.deploy.packaging.template import Template, compose, merged, read_template
from infra.grants.roles import with_roles
from infra.repository import PATCHES, RESOURCES, ROOT

ARCHITECTURES = ("arm64", "x86_64")
STAGE = "dev"
REGION = "us-east-1"
REQUIREMENTS = "requirements.txt"
RUNS = ("app.py", "chalicelib", "vendor", REQUIREMENTS)
"""All that goes into the package; ``vendor`` only if there is one."""

LIGHT_ZIP = "deployment.zip"
"""As Chalice calls it in the template for all functions."""
ENGINE_ZIP = "engine.zip"
"""For the functions that run jobs."""


def own_architecture() -> str:
    """Return Lambda's name for this machine's architecture."""
    return {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")


def lay_out(project: Path, architecture: str) -> None:
    """Copy what runs to ``project``, without caches, and configure it for one architecture.

    Chalice would package the ``__pycache__`` folders of a checkout with everything else.
    """
    shutil.rmtree(project, ignore_errors=True)
    (project / ".chalice").mkdir(parents=True)
    for name in RUNS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, project / name)
    config: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text())
    (project / ".chalice" / "config.json").write_text(
        json.dumps(config | {"lambda_architecture": architecture})
    )


def chalice_package(
    folder: Path, architecture: str, *, stage: str = STAGE, with_libraries: bool = True
) -> None:
    """Leave ``deployment.zip`` and ``sam.yaml`` in ``folder``.

    Needs pip's index for the libraries (without them it takes a second and is good for looking at
    the template), but neither credentials nor an account. Raises PackagingError with Chalice's own
    words, also when a library has no wheel for Lambda: Chalice itself goes on without it.
    """
    project, merge_file = folder / "project", folder / "merge.yaml"
    lay_out(project, architecture)
    if not with_libraries:
        (project / REQUIREMENTS).write_text("")
    composed = merged(compose(RESOURCES, PATCHES), _with_the_engine())
    merge_file.write_text(yaml.safe_dump(composed))
    said = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "chalice"), "--project-dir", str(project), "package"),
            *("--stage", stage, "--merge-template", str(merge_file), str(folder)),
        ],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PERCH_"))},
            "AWS_DEFAULT_REGION": REGION,
            # Chalice imports the application before it packages the folder that it lies in.
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if said.returncode or "Could not install dependencies" in said.stdout:
        raise PackagingError(f"Chalice does not package this:\n{said.stdout.strip()}")
    shutil.rmtree(project)
    template = folder / "sam.yaml"
    template.write_text(yaml.safe_dump(with_roles(read_template(template)), sort_keys=False))


def _with_the_engine() -> Template:
    """Return what the template says of the functions that do not run the zip of all others."""
    return {
        "Resources": {
            name.capitalize(): {"Properties": {"CodeUri": f"./{ENGINE_ZIP}"}} for name in sorted(WITH_EDSL)
        }
    }
