"""Which walls a machine gives is tried, and no more is promised than came out."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from chalicelib.engine.child import trial
from chalicelib.engine.sandbox.homes import PASSABLE, remove_homes
from chalicelib.engine.sandbox.roles import Role
from tests.unit.engine.sandbox.forked import forked
from tests.unit.engine.sandbox.jails import NOBODY

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
Left = Callable[[], bool]
ROLES = pytest.mark.parametrize("role", list(Role))


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory for children that others may go through."""
    made = Path(tempfile.mkdtemp(prefix="perch-trial-", dir="/tmp"))
    made.chmod(PASSABLE)
    yield made
    remove_homes(made)


@pytest.fixture
def nothing_is_left(home: Path) -> Left:
    """Tell whether no process and no directory is left of what was tried."""
    before = psutil.Process().children()
    return lambda: list(home.iterdir()) == [] and set(psutil.Process().children()) <= set(before)


@pytest.fixture
def needed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What a child must be able to read; nothing at first, wherever this Python lies."""
    paths: list[Path] = []
    monkeypatch.setattr(trial, "_needed", lambda _: paths)
    return paths


@AS_ROOT
@ROLES
@pytest.mark.usefixtures("needed")
def test_root_gives_each_child_a_user_of_its_own(home: Path, role: Role, nothing_is_left: Left) -> None:
    assert trial.has_users(home, role)
    assert nothing_is_left()


@AS_ROOT
@ROLES
def test_not_where_others_cannot_read_what_it_may_import(
    home: Path, needed: list[Path], role: Role, nothing_is_left: Left
) -> None:
    module = home / "module.py"
    module.touch()
    module.chmod(0o644)
    needed.append(module)
    assert trial.has_users(home, role)
    module.chmod(0o600)
    assert not trial.has_users(home, role)
    module.unlink()
    assert nothing_is_left()


@AS_ROOT
@ROLES
@pytest.mark.usefixtures("needed")
def test_not_where_others_cannot_reach_their_directories(
    home: Path, role: Role, nothing_is_left: Left
) -> None:
    home.chmod(0o700)
    assert not trial.has_users(home, role)
    assert nothing_is_left()


@AS_ROOT
@ROLES
@pytest.mark.usefixtures("needed")
def test_not_where_it_could_not_be_killed(
    home: Path, role: Role, nothing_is_left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.kill", refused)
    assert not trial.has_users(home, role)
    monkeypatch.undo()
    assert nothing_is_left()


@AS_ROOT
@ROLES
@pytest.mark.usefixtures("needed")
def test_not_where_there_is_no_such_user(
    home: Path, role: Role, nothing_is_left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.engine.sandbox.kernel.users.become", lambda _: False)
    assert not trial.has_users(home, role)
    assert nothing_is_left()


@AS_ROOT
def test_directories_stay_closed_where_no_child_is_somebody_else(
    home: Path, needed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trial.try_walls(home) == trial.Machine(walls=True, own_users=frozenset(Role))
    assert home.stat().st_mode & 0o777 == PASSABLE
    needed.append(Path("/does/not/exist"))
    assert trial.try_walls(home) == trial.Machine(walls=True)
    assert home.stat().st_mode & 0o777 == 0o700


def test_whoever_is_not_root_has_walls_and_no_users(home: Path) -> None:
    def tried() -> list[object]:
        if os.geteuid() == 0:
            os.chown(home, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        machine = trial.try_walls(home)
        return [machine.walls, list(machine.own_users)]

    assert forked(tried).value == [True, []]


def test_what_is_needed_are_libraries_perch_and_what_was_imported() -> None:
    needed = trial._needed([Path("/usr/lib"), Path("/does/not/exist")])
    assert {Path("/usr/lib"), Path(os.__file__), Path(trial.__file__)} <= set(needed)
    assert Path("/does/not/exist") not in needed
