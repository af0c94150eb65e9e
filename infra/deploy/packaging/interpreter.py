"""A Python that has nothing installed, and the folder that Lambda keeps its own parts in.

What the package forgot must be missing here too, so the checkout's libraries are out of reach:
an empty virtual environment, and beside it only AWS's runtime interface client.
"""

import shutil
import sys
import venv
from importlib import metadata
from pathlib import Path

from infra.deploy.packaging.errors import PackagingError

RUNTIME_DISTRIBUTIONS = ("awslambdaric", "simplejson", "snapshot-restore-py")


def empty_interpreter(folder: Path) -> Path:
    """Return the program of a Python without any library, made in ``folder`` at first use."""
    program = folder / "bin" / "python"
    if not program.exists():
        builder = venv.EnvBuilder(with_pip=False, symlinks=True)
        builder.create(folder)
    return program


def runtime_folder(folder: Path) -> Path:
    """Return a folder with the runtime interface client, as ``/var/runtime`` on Lambda.

    Raises PackagingError if this checkout does not have it.
    """
    marker = folder / "awslambdaric" / "__main__.py"
    if marker.exists():
        return folder
    here = Path(sys.prefix)
    for name in RUNTIME_DISTRIBUTIONS:
        try:
            files = metadata.files(name) or []
        except metadata.PackageNotFoundError as error:
            raise PackagingError(f"{name} is not installed; `make setup` installs it.") from error
        for file in files:
            source = Path(str(file.locate()))
            if ".." in file.parts or not source.is_relative_to(here) or not source.is_file():
                continue
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder
