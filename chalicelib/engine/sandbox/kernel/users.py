"""Becoming a user who owns nothing and whom no other process has."""

import os
from collections.abc import Iterable
from pathlib import Path

FIRST = 0x7000_0000
"""Nobody gives out the numbers from here on: systemd's containers end just below, and a process's own
number, which is added, is less than four million."""


def of_process(process: int) -> int:
    """Return the user of a child of this process id: as long as it lives, no other has that number."""
    return FIRST + process


def become(user: int) -> bool:
    """Become a user and the group of the same number, with no other group; tell whether that worked.

    Only root can. In a container that has no such user it cannot, and stays who it is.
    """
    try:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError:
        return False
    return True


def reads(paths: Iterable[Path]) -> bool:
    """Tell whether this process may read files, and list folders: an interpreter below ``/root`` is of no
    use to others.
    """
    return all(os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)) for path in paths)
