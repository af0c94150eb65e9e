"""A child's directory is nobody else's to find, not even of the same user's."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.engine.sandbox.homes import make_home, remove_home, remove_homes
from tests.unit.engine.sandbox.forked import forked
from tests.unit.engine.sandbox.jails import NOBODY


def found_by(homes: Path, user: int) -> list[str]:
    """Return what files a process of some user finds when it looks everywhere."""

    def look() -> list[str]:
        if os.geteuid() == 0:
            os.setresuid(user, user, user)
        return [str(Path(folder) / file) for folder, _, files in os.walk(homes) for file in files]

    said = forked(look).value
    assert isinstance(said, list)
    return said


@pytest.fixture
def homes() -> Iterator[Path]:
    # Where every user can reach it: pytest's own directories are closed to others.
    made = Path(tempfile.mkdtemp(prefix="perch-homes-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(made, NOBODY, NOBODY)
    yield made
    remove_homes(made)


def test_a_process_of_the_same_user_finds_nothing(homes: Path) -> None:
    home = make_home(homes, 1)
    (home / "upload").write_text("another account's")
    if os.geteuid() == 0:
        for each in (home.parent, home, home / "upload"):
            os.chown(each, NOBODY, NOBODY)
    assert found_by(homes, NOBODY) == []
    home.parent.chmod(0o700)
    assert found_by(homes, NOBODY) == [str(home / "upload")]
    assert (home / "upload").read_text() == "another account's"


def test_each_is_removed_with_all_that_is_in_it(homes: Path) -> None:
    for process in (1, 2):
        (make_home(homes, process) / "file").touch()
    remove_home(homes, 1)
    assert [each.name for each in homes.iterdir()] == ["child-2"]
    remove_homes(homes)
    assert not homes.exists()


def test_it_is_removed_however_its_directories_are_made(homes: Path) -> None:
    """Python's own way takes a level of its stack for each level, and cannot enter what is closed."""

    def make_and_remove() -> list[str]:
        if os.geteuid() == 0:
            os.setresuid(NOBODY, NOBODY, NOBODY)
        home = make_home(homes, 3)
        os.chdir(home)
        for depth in range(1500):
            os.mkdir("a/" * depth + "a")
        os.makedirs("closed/within")
        Path("closed/within/file").touch()
        os.chmod("closed/within", 0)
        os.chmod("closed", 0o100)
        Path("\udcff\n*").touch()
        os.symlink("/", "everything")
        remove_home(homes, 3)
        return [each.name for each in homes.iterdir()]

    assert forked(make_and_remove).value == []
    assert Path("/tmp").exists()
