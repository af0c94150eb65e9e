"""Build the package, once for each state of what goes into it."""

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chalicelib.events.warming import WITH_EDSL
from infra.deploy.packaging import archive
from infra.deploy.packaging.chalice_package import (
    ENGINE_ZIP,
    LIGHT_ZIP,
    REQUIREMENTS,
    RUNS,
    chalice_package,
    own_architecture,
)
from infra.deploy.packaging.light import REQUIRED, link_light, requirements_in
from infra.repository import ROOT

FOLDER = ROOT / "build" / "package"
DECIDES = (
    *RUNS,
    REQUIRED,
    ".chalice/config.json",
    "infra/deploy/resources.yaml",
    "infra/deploy/patches",
    "infra/deploy/policies.yaml",
    "infra/deploy/packaging",
    "infra/grants",
)
DECIDES_ABOUT_LIBRARIES = (
    REQUIREMENTS,
    REQUIRED,
    "requirements/development.txt",
    "vendor",
    "infra/deploy/packaging",
)
CODE = ("app.py", "chalicelib", "chalice")
"""What Chalice adds to the libraries."""
ENGINE, LIGHT = "engine", "light"
"""The folders with what is in the two zips: all of it, and that without the engine's libraries."""


@dataclass(frozen=True)
class Zip:
    """What functions run: the file that is uploaded, and its contents unpacked."""

    archive: Path
    contents: Path
    unzipped_bytes: int

    @property
    def zipped_bytes(self) -> int:
        """The size of the upload."""
        return self.archive.stat().st_size


@dataclass(frozen=True)
class Package:
    """A built package: the SAM template, and the zips that it names."""

    template: Path
    light: Zip
    engine: Zip

    @property
    def zips(self) -> tuple[Zip, Zip]:
        """Both zips."""
        return self.light, self.engine

    def of(self, function: str) -> Zip:
        """Return what a function runs."""
        return self.engine if function in WITH_EDSL else self.light


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
    return Package(
        done / "sam.yaml", _zip(done / LIGHT_ZIP, done / LIGHT), _zip(done / ENGINE_ZIP, done / ENGINE)
    )


def _zip(zipped: Path, contents: Path) -> Zip:
    return Zip(zipped, contents, archive.check_contents(contents))


def _build(done: Path, architecture: str) -> None:
    whole = done / ENGINE
    chalice_package(done, architecture)
    archive.unpack(done / LIGHT_ZIP, whole)
    archive.leave_out_other_services(whole)
    archive.compile_all(whole)
    _pack(done)


def _build_code(done: Path, architecture: str) -> None:
    """Lay the code anew over libraries that are as they were: seconds instead of half a minute."""
    whole = done / ENGINE
    chalice_package(done, architecture, with_libraries=False)
    for name in CODE:
        if (whole / name).is_dir():
            shutil.rmtree(whole / name)
        else:
            (whole / name).unlink()
    archive.unpack(done / LIGHT_ZIP, whole)
    archive.compile_all(whole, CODE)
    _pack(done)


def _pack(done: Path) -> None:
    """Make the two zips of the whole contents; Chalice's own, in place of which the light one comes, goes."""
    whole, light = done / ENGINE, done / LIGHT
    link_light(whole, light, requirements_in(ROOT / REQUIRED), CODE)
    for contents in (whole, light):
        archive.check_contents(contents)
    with ProcessPoolExecutor() as pool:
        list(pool.map(archive.pack, (whole, light), (done / ENGINE_ZIP, done / LIGHT_ZIP)))


def _says(marker: Path, state: str) -> bool:
    return marker.exists() and marker.read_text() == state


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else builds: tests and the bench may start together."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
