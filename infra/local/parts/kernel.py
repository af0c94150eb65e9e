"""What the kernel of Linux is asked about this process; elsewhere nothing happens."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15


def die_with_parent() -> None:
    """Have this process killed when the thread that started it ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def name_this_process(name: str) -> None:
    """Let ``ps`` and ``top`` show a name, of which 15 characters stay.

    The command line of a forked process is its fork server's, so only this tells one from another.
    """
    _prctl(PR_SET_NAME, name.encode())


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)
