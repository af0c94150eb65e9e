"""Becoming a user who owns nothing."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path


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


def is_open_to_all(paths: Iterable[Path]) -> bool:
    """Tell whether any user may read these paths: an interpreter below ``/root`` is of no use to others."""
    for path in paths:
        real = path.resolve()
        if not real.stat().st_mode & stat.S_IROTH:
            return False
        if any(not folder.stat().st_mode & stat.S_IXOTH for folder in real.parents):
            return False
    return True
