"""What a jail may ask of the kernel: a list of what is allowed, and of what arguments.

Everything that is not here fails with EPERM. It is no death, because honest surveys try things too:
a library that is refused something optional goes on without it.
"""

import errno
import os
from collections.abc import Iterable

from chalicelib.engine.sandbox.kernel.bpf import Check, NoneOf, Null, OneOf, Rule

REFUSED = errno.EPERM

FREELY = """
read write readv writev pread64 pwrite64 lseek close
fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd getdents64
brk mmap munmap mprotect mremap madvise
futex set_robust_list rseq sched_yield sched_getaffinity
gettid getpid getppid getuid geteuid getgid getegid uname exit exit_group
rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall setitimer
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrusage
epoll_create1 epoll_ctl epoll_wait epoll_pwait poll ppoll select pselect6
recvfrom getsockname shutdown getrandom
"""
"""Allowed with any arguments: they reach only what the process has already, or what it may open.

``recvfrom`` throws away descriptors that are sent along; ``recvmsg``, which takes them, is not here.
"""

IN_ITS_DIRECTORY = "ftruncate mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2"
"""Allowed where Landlock keeps writing within the jail's own directory."""

TO_ITSELF = ("kill", "tgkill")
NEWER = ("clone3", "openat2")
"""Their arguments lie in memory, where a filter cannot look. ENOSYS has libc use what came before."""

THREAD = 0x3D0F00
"""What glibc asks of ``clone`` for a thread: everything shared, CLONE_THREAD, and no namespace."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | 0o20000000
"""Bits of ``open``; the last is O_TMPFILE's own, all are the same on both architectures."""

DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 4, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN: it directs signals."""

DEVICE_COMMANDS = (0x5401, 0x5421, 0x5450, 0x5451)
"""TCGETS (is it a terminal?), FIONBIO, FIONCLEX, FIOCLEX."""

OWN_AFFAIRS = (15, 16, 0x53564D41)
"""PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (glibc names its memory). Not PR_SET_PDEATHSIG: it would outlive
the fork server; not PR_SET_DUMPABLE."""

SOCKET_LEVEL = (1,)
SOCKET_QUESTIONS = (3, 4, 38, 39)
"""SO_TYPE, SO_ERROR, SO_PROTOCOL, SO_DOMAIN: what Python asks of a descriptor. Not SO_PEERPIDFD."""


def rules(names: Iterable[str], process: int, *, writes: bool) -> dict[str, Rule]:
    """Return the rule of each allowed call among ``names``, for the process of this id.

    ``writes`` lets files be opened for writing and directories be changed: only behind Landlock.
    """
    itself = OneOf(0, (process,))
    opened = () if writes else (WRITING,)
    conditions: dict[str, tuple[Check, ...]] = {
        **dict.fromkeys(FREELY.split(), ()),
        **dict.fromkeys(IN_ITS_DIRECTORY.split() if writes else (), ()),
        "open": tuple(NoneOf(1, bits) for bits in opened),
        "openat": tuple(NoneOf(2, bits) for bits in opened),
        "clone": (OneOf(0, (THREAD,)),),
        **dict.fromkeys(TO_ITSELF, (itself,)),
        "fcntl": (OneOf(1, DESCRIPTOR_COMMANDS),),
        "ioctl": (OneOf(1, DEVICE_COMMANDS),),
        "prctl": (OneOf(0, OWN_AFFAIRS),),
        # With an address it could reach others through a socket that is not connected.
        "sendto": (Null(4),),
        "getsockopt": (OneOf(1, SOCKET_LEVEL), OneOf(2, SOCKET_QUESTIONS)),
        # Reading its own limits, not setting anybody's.
        "prlimit64": (OneOf(0, (0, process)), Null(2)),
    }
    decided = {name: Rule(checks) for name, checks in conditions.items()}
    decided |= {name: Rule(errno=errno.ENOSYS) for name in NEWER}
    return {name: decided[name] for name in names if name in decided}


def rules_of_caller(process: int) -> dict[str, Rule]:
    """Return the rules of calls that a caller may make with some arguments only: no process but threads.

    All others it may make, but for those that are refused by name.
    """
    itself = OneOf(0, (process,))
    return {
        "clone": Rule((OneOf(0, (THREAD,)),)),
        "clone3": Rule(errno=errno.ENOSYS),
        "prlimit64": Rule((OneOf(0, (0, process)),)),
        **dict.fromkeys(TO_ITSELF, Rule((itself,))),
    }
