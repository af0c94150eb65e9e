"""Bounds on what one process may use of the machine."""

import resource
from collections.abc import Mapping

FORBIDDEN = (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE)
"""A dump of the process would be written to its directory; memory that cannot be swapped and message
queues are nothing a survey needs."""

RESOURCES = {
    "address_space_bytes": resource.RLIMIT_AS,
    "processor_seconds": resource.RLIMIT_CPU,
    "open_files": resource.RLIMIT_NOFILE,
    "file_bytes": resource.RLIMIT_FSIZE,
    "threads": resource.RLIMIT_NPROC,
}
"""The address space rather than RLIMIT_DATA: that does not count shared memory."""


def limit(bounds: Mapping[str, int]) -> dict[str, int]:
    """Set limits by the names of ``RESOURCES``; returns what holds, which is less where less was allowed.

    They are hard: nothing warns a process before its processor time is over, it is killed.
    Raises OSError.
    """
    for kind in FORBIDDEN:
        resource.setrlimit(kind, (0, 0))
    holding = {}
    for name, wanted in bounds.items():
        _, most = resource.getrlimit(RESOURCES[name])
        holding[name] = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(RESOURCES[name], (holding[name],) * 2)
    return holding
