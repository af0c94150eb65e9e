"""The directories of children, which cannot be found by children of the same user.

A worker may run slices of two accounts at once. On Lambda all its processes are one user, and there is no
Landlock: a jail may read there whatever it can name. So the directory of each child has a name that only
the child knows, within one that cannot be listed. Where a child is a user of its own, it is closed to others.
"""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

CHILDREN = "child-"
UNLISTABLE = 0o300
"""Its owner may go through it, but not read it. Jails may not change that."""
LISTABLE = 0o700
PASSABLE = 0o711
"""Others may go through it where they know the name of what lies in it."""


def make_home(of_all: Path, process: int) -> Path:
    """Make a directory for a child, to be called by it: who forks the next one must not know its name."""
    outer = of_all / f"{CHILDREN}{process}"
    home = outer / secrets.token_hex(16)
    home.mkdir(parents=True)
    outer.chmod(UNLISTABLE)
    return home


def give_home(home: Path, user: int) -> None:
    """Give a child's directory, with what lies in it, to the user that the child is going to be.

    Only that user may look into it. Others must be able to pass through the directory of all children. Raises
    OSError for whoever is not root.
    """
    for path in (*home.iterdir(), home):
        os.chown(path, user, user)
    home.chmod(LISTABLE)
    home.parent.chmod(PASSABLE)


def remove_home(of_all: Path, process: int) -> None:
    """Remove what is left of a child's directory."""
    _remove(of_all / f"{CHILDREN}{process}")


def remove_homes(of_all: Path) -> None:
    """Remove the directory of a fork server with those of all its children."""
    for outer in of_all.glob(f"{CHILDREN}*"):
        _remove(outer)
    shutil.rmtree(of_all, ignore_errors=True)


def _remove(folder: Path) -> None:
    """Remove a jail's directory, whatever lies in it: closed directories, or thousands in each other.

    No step goes deeper than one level, or a stranger would decide how deep; what cannot be removed stays.
    """
    with contextlib.suppress(OSError):
        folder.chmod(LISTABLE)
    removed = True
    while removed:
        removed = False
        for entry in _entries(folder):
            with contextlib.suppress(OSError):
                _remove_entry(entry, folder)
                removed = True
    with contextlib.suppress(OSError):
        folder.rmdir()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        return list(found)
    return []


def _remove_entry(entry: os.DirEntry[str], top: Path) -> None:
    """Remove a file, or a directory whose own directories are put into ``top`` instead."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry)
        return
    os.chmod(entry, LISTABLE)
    for inner in _entries(Path(entry)):
        if inner.is_dir(follow_symlinks=False):
            # Whoever is not root moves only what it may write to.
            os.chmod(inner, LISTABLE)
            os.rename(inner, top / secrets.token_hex(16))
        else:
            os.unlink(inner)
    os.rmdir(entry)
