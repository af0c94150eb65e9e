"""Where the local stacks of this user are, by their ports: so that the admin command finds them.

One file of mode 0600 a stack, in a directory of mode 0700. It names the file with the local AWS's key; the
key itself stands only there. A stack that was killed leaves its file behind, which leads nowhere.
"""

import contextlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
logger = logging.getLogger("local_stack.running")


@dataclass(frozen=True)
class Running:
    """One stack: where its AWS answers, and where the key of that is kept."""

    aws_address: str
    key_file: Path


class _NotOursError(OSError):
    """Somebody else has made the directory, or may write to it."""


@contextlib.contextmanager
def announced(port: int, stack: Running) -> Iterator[None]:
    """Let a stack be found by its port until the end of the block; where that cannot be, it runs unfound."""
    file = _file(port)
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        _check_ours(file.parent)
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as written:
            json.dump({**asdict(stack), "key_file": str(stack.key_file)}, written)
    except OSError as problem:
        logger.warning("the admin command will not find this stack: %s", problem)
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()


def find(port: int) -> Running | None:
    """Return the stack of this user that answers at a port; None: there is none."""
    file = _file(port)
    try:
        _check_ours(file.parent)
        told = json.loads(file.read_text())
        found = Running(aws_address=str(told["aws_address"]), key_file=Path(told["key_file"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.key_file.exists() else None


def _file(port: int) -> Path:
    return Path(tempfile.gettempdir()) / f"perch-running-{os.getuid()}" / f"{port}.json"


def _check_ours(directory: Path) -> None:
    """The name is known to everybody: whoever made it first would tell us where to send our requests."""
    about = directory.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & OTHERS:
        raise _NotOursError(f"{directory} belongs to somebody else, or others may write to it")
