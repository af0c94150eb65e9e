"""The directory that a stack has to itself: its key, its parts' homes, S3's bodies. It goes with the stack.

That of a stack that was killed is removed by the next one that starts: nobody holds its lock any more.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

LOCK = "lock"


class PrivateDirectory:
    """A new directory that only this user reads, held until ``remove``. Raises OSError."""

    def __init__(self) -> None:
        _remove_left()
        # It has its lock before it has the name by which others look for those that have none.
        new = Path(tempfile.mkdtemp(prefix="perch-new-"))
        descriptor = os.open(new / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._descriptor: int | None = descriptor
        self.path = new.rename(new.with_name(_prefix() + new.name))

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _prefix() -> str:
    return f"perch-stack-{os.getuid()}-"


def _remove_left() -> None:
    """Remove the directories of this user that no stack holds."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_prefix()}*"):
        with contextlib.suppress(OSError):  # another stack holds it, or removes it now
            if not directory.is_symlink() and directory.stat().st_uid == os.getuid():
                _remove_unless_held(directory)


def _remove_unless_held(directory: Path) -> None:
    try:
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:  # whoever removed it was interrupted
        shutil.rmtree(directory, ignore_errors=True)
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(directory, ignore_errors=True)
    finally:
        os.close(descriptor)
