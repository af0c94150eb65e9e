"""Build the package, once for each state of what goes into it."""

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.deploy.packaging import archive
from infra.deploy.packaging.chalice_package import REQUIREMENTS, RUNS, chalice_package, own_architecture
from infra.repository import ROOT

FOLDER = ROOT / "build" / "package"
DECIDES = (
    *RUNS,
    ".chalice/config.json",
    "infra/deploy/resources.yaml",
    "infra/deploy/patches",
    "infra/deploy/packaging",
)
DECIDES_ABOUT_LIBRARIES = (REQUIREMENTS, "requirements/development.txt", "vendor", "infra/deploy/packaging")
CODE = ("app.py", "chalicelib", "chalice")
"""What Chalice adds to the libraries."""


@dataclass(frozen=True)
class Package:
    """A built package: the zip, the SAM template beside it, and the zip's contents unpacked."""

    archive: Path
    template: Path
    contents: Path
    unzipped_bytes: int

    @property
    def zipped_bytes(self) -> int:
        """The size of the upload."""
        return self.archive.stat().st_size


def fingerprint(names: Iterable[str]) -> str:
    """Return what tells one state of some files and folders of the checkout from another."""
    seen = hashlib.sha256(sys.version.encode())
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                seen.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return seen.hexdigest()


def build(architecture: str | None = None, folder: Path = FOLDER) -> Package:
    """Return the package for an architecture (default: this machine's), built anew if need be.

    Raises PackagingError.
    """
    architecture = architecture or own_architecture()
    done = folder / architecture
    with _alone(folder / f"{architecture}.lock"):
        state, libraries = fingerprint(DECIDES), fingerprint(DECIDES_ABOUT_LIBRARIES)
        whole, below = done / "fingerprint", done / "fingerprint-of-libraries"
        if not _says(whole, state):
            whole.unlink(missing_ok=True)
            if _says(below, libraries):
                _build_code(done, architecture)
            else:
                shutil.rmtree(done, ignore_errors=True)
                done.mkdir(parents=True)
                _build(done, architecture)
                below.write_text(libraries)
            whole.write_text(state)
    contents = done / "contents"
    return Package(
        archive=done / "deployment.zip",
        template=done / "sam.yaml",
        contents=contents,
        unzipped_bytes=archive.check_contents(contents),
    )


def _build(done: Path, architecture: str) -> None:
    contents, zipped = done / "contents", done / "deployment.zip"
    chalice_package(done, architecture)
    archive.unpack(zipped, contents)
    archive.leave_out_other_services(contents)
    archive.compile_all(contents)
    archive.check_contents(contents)
    archive.pack(contents, zipped)


def _build_code(done: Path, architecture: str) -> None:
    """Lay the code anew over libraries that are as they were: seconds instead of half a minute."""
    contents, zipped = done / "contents", done / "deployment.zip"
    chalice_package(done, architecture, with_libraries=False)
    for name in CODE:
        if (contents / name).is_dir():
            shutil.rmtree(contents / name)
        else:
            (contents / name).unlink()
    archive.unpack(zipped, contents)
    archive.compile_all(contents, CODE)
    archive.check_contents(contents)
    archive.pack(contents, zipped)


def _says(marker: Path, state: str) -> bool:
    return marker.exists() and marker.read_text() == state


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else builds: tests and the bench may start together."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
