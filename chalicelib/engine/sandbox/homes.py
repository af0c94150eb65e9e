"""The directories of children, which cannot be found by children of the same user.

A worker may run slices of two accounts at once. On Lambda all its processes are one user, and there is no
Landlock: a jail may read there whatever it can name. So the directory of each child has a name that only
the child knows, within one that cannot be listed.
"""

import contextlib
import secrets
import shutil
from pathlib import Path

CHILDREN = "child-"
UNLISTABLE = 0o300
"""Its owner may go through it, but not read it. Jails may not change that."""
LISTABLE = 0o700


def make_home(of_all: Path, process: int) -> Path:
    """Make a directory for a child, to be called by it: who forks the next one must not know its name."""
    outer = of_all / f"{CHILDREN}{process}"
    home = outer / secrets.token_hex(16)
    home.mkdir(parents=True)
    outer.chmod(UNLISTABLE)
    return home


def remove_home(of_all: Path, process: int) -> None:
    """Remove what is left of a child's directory."""
    _remove(of_all / f"{CHILDREN}{process}")


def remove_homes(of_all: Path) -> None:
    """Remove the directory of a fork server with those of all its children."""
    for outer in of_all.glob(f"{CHILDREN}*"):
        _remove(outer)
    shutil.rmtree(of_all, ignore_errors=True)


def _remove(outer: Path) -> None:
    with contextlib.suppress(OSError):
        outer.chmod(LISTABLE)
    shutil.rmtree(outer, ignore_errors=True)
