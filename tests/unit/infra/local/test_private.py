"""A stack's own directory: removed with it, or by the next one if it was killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from infra.local.private import LOCK, PrivateDirectory


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(temporary: Path) -> Path:
    """Return the directory of a process that was killed with something in it."""
    program = (
        "import os, signal; from infra.local.private import PrivateDirectory; d = PrivateDirectory();"
        "(d.path / 'body').write_text('x'); print(d.path, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"TMPDIR": str(temporary), "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return Path(done.stdout.strip())


def test_it_is_its_owner_s_alone_and_goes_with_all_that_is_in_it(temporary: Path) -> None:
    directory = PrivateDirectory()
    assert directory.path.stat().st_mode & 0o777 == 0o700
    (directory.path / "body").write_text("x")
    directory.remove()
    directory.remove()
    assert list(temporary.iterdir()) == []


def test_the_next_one_removes_what_a_killed_one_left_and_nothing_that_is_held(temporary: Path) -> None:
    held = PrivateDirectory()
    left = left_behind(temporary)
    half_removed = left_behind(temporary)
    assert not left.exists()  # the second was the first one's next
    (half_removed / LOCK).unlink()
    link = temporary / f"{half_removed.name}-link"
    link.symlink_to(temporary / "elsewhere")
    (temporary / "elsewhere").mkdir()
    new = PrivateDirectory()
    assert set(temporary.iterdir()) == {held.path, new.path, link, temporary / "elsewhere"}
    for directory in (held, new):
        directory.remove()
