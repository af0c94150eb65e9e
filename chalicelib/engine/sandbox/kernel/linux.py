"""Calls of the kernel for which Python has no function, by way of libc."""

import ctypes
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

SET_PARENT_DEATH_SIGNAL = 1
GET_PARENT_DEATH_SIGNAL = 2
SET_DUMPABLE = 4
DROP_FROM_BOUNDING_SET = 24
SET_NO_NEW_PRIVILEGES = 38
HEAPS = -8
"""M_ARENA_MAX of ``mallopt``."""
CAPABILITY_VERSION = 0x20080522

LIBRARY = ctypes.CDLL(None, use_errno=True)
"""Looked up when this module is imported, before any fork."""


class WallsError(Exception):
    """The walls cannot be put up. Some may stand already: the process is good for nothing but to end."""


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call by its number; raises OSError."""
    given = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    return _checked(LIBRARY.syscall(ctypes.c_long(number), *given))


def control_process(option: int, value: int = 0) -> None:
    """Call ``prctl``; raises OSError."""
    rest = (ctypes.c_ulong(0),) * 3
    _checked(LIBRARY.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *rest))


def unshare(namespaces: int) -> None:
    """Leave some of the namespaces that this process shares with its parent; raises OSError."""
    _checked(LIBRARY.unshare(ctypes.c_int(namespaces)))


def parent_death_signal() -> int:
    """Return the signal that this process gets when its parent ends, 0 for none."""
    signal = ctypes.c_int(0)
    rest = (ctypes.c_ulong(0),) * 3
    _checked(LIBRARY.prctl(ctypes.c_int(GET_PARENT_DEATH_SIGNAL), ctypes.byref(signal), *rest))
    return signal.value


def set_parent_death_signal(signal: int) -> None:
    """Set it: the kernel forgets it whenever a process changes its user."""
    control_process(SET_PARENT_DEATH_SIGNAL, signal)


def empty_bounding_set() -> None:
    """Have programs that are started gain no special right, where that is allowed."""
    with suppress(OSError):  # not allowed, or there is no further one
        for capability in count():
            control_process(DROP_FROM_BOUNDING_SET, capability)


def drop_capabilities() -> None:
    """Give up every special right, for good; raises OSError."""
    header = _CapabilityHeader(CAPABILITY_VERSION, 0)
    none_at_all = ctypes.create_string_buffer(24)
    _checked(LIBRARY.capset(ctypes.byref(header), none_at_all))


def forbid_new_privileges() -> None:
    """Have no program, once started, have more rights than this process; raises OSError."""
    control_process(SET_NO_NEW_PRIVILEGES, 1)


def make_undumpable() -> None:
    """Keep others of the same user out of this process's memory and ``/proc`` entries; raises OSError."""
    control_process(SET_DUMPABLE, 0)


def share_one_heap() -> None:
    """Have all threads take memory from one heap.

    glibc reserves 64 MB of addresses for each thread otherwise, which count as memory although
    nothing is there. Python's threads wait for each other in any case.
    """
    set_option = getattr(LIBRARY, "mallopt", None)  # a libc without such heaps has not got it
    if set_option is not None:
        set_option(HEAPS, 1)


def threads_of_this_process() -> int:
    """Count the threads, also those that Python knows nothing of; raises OSError without ``/proc``."""
    return len(os.listdir("/proc/self/task"))


def address_space() -> int:
    """Return the bytes of memory that this process has mapped; raises OSError without ``/proc``."""
    # Bytes: a codec might have to be imported first, which some users could not.
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return pages * os.sysconf("SC_PAGESIZE")


def kernel_release() -> tuple[int, int]:
    """Return the kernel's release as (major, minor)."""
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(filter(str.isdigit, minor.split("-")[0])))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
