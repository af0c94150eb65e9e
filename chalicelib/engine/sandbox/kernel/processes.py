"""What the kernel is asked about processes: who may look into them, and who dies with whom."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

SET_PARENT_DEATH_SIGNAL = 1
GET_DUMPABLE = 3
SET_DUMPABLE = 4
SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int = 0) -> int:
    if not sys.platform.startswith("linux"):
        return -1
    library = ctypes.CDLL(None, use_errno=True)
    return int(library.prctl(option, value, 0, 0, 0))


def make_unreadable() -> None:
    """Keep processes of the same user out of this one's memory and ``/proc`` entries.

    The environment of a function holds its AWS credentials, and ``/proc/PID/environ`` is open
    to every process of the same user unless the process is not dumpable.
    """
    _prctl(SET_DUMPABLE, 0)


def is_readable() -> bool:
    """Tell whether a process of the same user may read this one."""
    return _prctl(GET_DUMPABLE) != 0


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` is gone, even if it is gone already."""
    _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none escapes."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def children_of_this_process() -> list[int]:
    """Return the process ids of the direct children, dead ones not yet waited for included."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listing:
            return [int(word) for word in listing.read().split()]
    except OSError:
        return []


def kill_group(leader: int) -> None:
    """Kill a child with its process group; one that is already gone is no error.

    Only for a child that has not been waited for: nobody else has its number.
    """
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        # It has not come to lead a group yet, and would live on as if nobody had wanted it dead.
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGKILL)
    except PermissionError:
        return
