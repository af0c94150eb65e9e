"""Where the worker is root, each child is a user whom no other process is."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.engine.child import jail
from chalicelib.engine.sandbox.homes import PASSABLE, give_home, make_home, remove_homes
from chalicelib.engine.sandbox.kernel import users
from chalicelib.engine.sandbox.roles import Limits
from infra.repository import ROOT
from tests.unit.engine.sandbox.forked import forked
from tests.unit.engine.sandbox.jails import MEBIBYTE, STRANGER
from tests.unit.engine.sandbox.two_slices import CHILDREN

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
LIMITS = Limits(60, 512 * MEBIBYTE)
ADDED = tuple(entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages"))


@pytest.fixture
def homes() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="perch-homes-", dir="/tmp"))
    made.chmod(PASSABLE)
    yield made
    remove_homes(made)


@contextmanager
def standing(homes: Path) -> Iterator[tuple[int, Path]]:
    """Have a jail that is somebody else wait for as long as the block lasts; gives its id and a file."""
    heard, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            home = make_home(homes, os.getpid())
            (home / "note").write_text("nobody else's")
            user = users.of_process(os.getpid())
            give_home(home, user)
            assert jail.enter(home, LIMITS, user).own_user
            assert os.getuid() == os.getgid() == user
            assert (home / "note").read_text() == "nobody else's"
            os.write(told, str(home / "note").encode())
            signal.pause()
        finally:
            os._exit(1)
    os.close(told)
    try:
        said = os.read(heard, 1000).decode()
        assert said, "the jail could not be entered"
        yield pid, Path(said)
    finally:
        os.close(heard)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def as_another_jails_user(action: Callable[[], Any]) -> int | None:
    """Return the errno of ``action`` for another child's user, who has no other wall around it."""
    return forked(lambda: [users.become(users.of_process(os.getpid())), action()]).errno


@AS_ROOT
def test_a_jail_is_out_of_reach_for_another_s_user(homes: Path) -> None:
    with standing(homes) as (first, note), standing(homes) as (second, _):
        for pid in (first, second):
            assert f"\nUid:\t{users.of_process(pid)}\t" in Path(f"/proc/{pid}/status").read_text()
        assert as_another_jails_user(lambda: os.kill(first, 0)) == errno.EPERM
        assert as_another_jails_user(note.read_text) == errno.EACCES
        assert as_another_jails_user(lambda: note.write_text("x")) == errno.EACCES
        assert as_another_jails_user(note.unlink) == errno.EACCES
        assert as_another_jails_user(lambda: os.listdir(note.parent)) == errno.EACCES
        assert as_another_jails_user(lambda: os.listdir(note.parent.parent)) == errno.EACCES
        assert as_another_jails_user(lambda: os.listdir(homes)) == errno.EACCES
        assert as_another_jails_user(Path(f"/proc/{first}/environ").read_bytes) == errno.EACCES


@AS_ROOT
def test_it_reads_no_file_that_only_root_may_read(homes: Path) -> None:
    """As root without rights it did: it owned them."""
    secret = homes / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    assert as_another_jails_user(secret.read_text) == errno.EACCES


def stranger_reads(paths: list[Path]) -> bool:
    return users.become(STRANGER) and users.reads(paths)


def python_for_all() -> str | None:
    """Return a Python of this version, this one if possible, that every user may read with its libraries."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    ask = "import json, sys; print(json.dumps([sys.version_info[:2], sys.path]))"
    for candidate in (sys.executable, shutil.which(version, path=os.defpath)):
        if candidate is None:
            continue
        told = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, check=True).stdout
        found, path = json.loads(told)
        wanted = [
            Path(candidate),
            *(Path(entry) for entry in (*path, *ADDED) if entry and Path(entry).exists()),
        ]
        if tuple(found) == sys.version_info[:2] and forked(partial(stranger_reads, wanted)).value:
            return candidate
    return None


def two_slices(python: str) -> dict[str, Any]:
    path = os.pathsep.join([str(ROOT), *ADDED])
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": "/tmp", "PYTHONWARNINGS": "ignore"}
    command = [python, "-m", "tests.unit.engine.sandbox.two_slices"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    facts = json.loads(done.stdout.splitlines()[-1])
    assert len(facts["seen"]) == CHILDREN
    assert facts["left"] == []
    return dict(facts)


@AS_ROOT
def test_of_two_slices_at_once_every_child_is_somebody_else() -> None:
    python = python_for_all()
    if python is None:
        pytest.skip("no Python here that all users may read")
    facts = two_slices(python)
    assert facts["own_user"]
    users_seen = [child["users"] for child in facts["seen"]]
    assert all(len(each) == 1 and each[0] >= users.FIRST for each in users_seen)
    assert len({each[0] for each in users_seen}) == CHILDREN
    for child in facts["seen"]:
        (user,) = child["users"]
        assert child["groups"] == [user]
        assert child["home"] == [user, user, 0o700]
    for user, group, written, imported in facts["said"]:
        assert [user] in users_seen
        assert group == user != facts["own"]
        assert written == (0 if facts["writes"] else errno.EPERM)
        assert imported == "colorsys"


@pytest.mark.skipif(os.geteuid() == 0, reason="needs somebody who is not root")
def test_without_root_they_are_who_the_worker_is() -> None:
    facts = two_slices(sys.executable)
    assert not facts["own_user"]
    assert all(child["users"] == [facts["own"]] for child in facts["seen"])
    assert all(said[0] == facts["own"] for said in facts["said"])
