"""The walls around a child that runs what strangers wrote: put up once, from inside, for good.

Even if a stranger's program takes the whole process over, the kernel refuses whatever would reach
beyond it. Some walls stand everywhere, others only where the machine has them; ``Walls`` says which.
"""

import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox.kernel import landlock, linux, namespaces, rlimits, seccomp, users
from chalicelib.engine.sandbox.kernel.linux import WallsError

COUNTED_BY_NAMESPACE = (5, 14)
"""From this kernel on the threads in a user namespace are counted apart from the same user's others."""


class OptionalWall(StrEnum):
    """Walls that not every machine has."""

    LANDLOCK = "landlock"
    NAMESPACES = "namespaces"


@dataclass(frozen=True)
class Bounds:
    """What a jail may use and see."""

    directory: Path
    """Its own. All it may write to, and if there is no Landlock it may not write at all."""
    memory_bytes: int
    """Beyond what it has mapped when the walls are put up; what it inherited it may copy besides."""
    processor_seconds: float
    """Of all its threads together, from now on; rounded up. Then it is killed."""
    open_files: int
    """Descriptors, and no number as high as that; those that are open stay open."""
    file_bytes: int
    """The largest file that it may write."""
    readable: tuple[Path, ...] = ()
    """What else it may read, where there is Landlock. See ``readable.of_the_interpreter``."""
    user: int | None = None
    """Whom to become, if this is root: a number that nobody else has, and its group (``users``)."""
    threads: int = 64
    """Counted with the user's other processes, and so only set where it has a user to itself."""


def enclose(bounds: Bounds, *, without: Collection[OptionalWall] = ()) -> Walls:
    """Put up every wall that this machine has around this process; returns which stand.

    Raises WallsError if a wall that all Linux machines have does not stand, or if this process has a
    second thread, which some of the walls would leave outside. Some may stand then: the caller must end.

    What is open stays open: the caller closes what the jail must not have, and makes before what the
    jail cannot make, such as its event loop. ``directory`` and ``readable`` must be open to ``user``.
    """
    if not sys.platform.startswith("linux"):
        raise WallsError("there are no walls but on Linux")
    try:
        return _enclose(bounds, without)
    except OSError as error:
        raise WallsError(f"the walls do not stand: {error}") from error


def _enclose(bounds: Bounds, without: Collection[OptionalWall]) -> Walls:
    threads = linux.threads_of_this_process()
    if threads != 1:
        raise WallsError(f"the process has {threads} threads; walls are put up around a single one")
    parent, death_signal = os.getppid(), linux.parent_death_signal()
    mapped = linux.address_space()
    linux.forbid_new_privileges()
    own_network, own_namespace = (
        (False, False) if OptionalWall.NAMESPACES in without else namespaces.leave_network()
    )
    linux.empty_bounding_set()
    own_user = bounds.user is not None and users.become(bounds.user)
    linux.drop_capabilities()
    # Becoming somebody else lets go of the parent, and makes a process readable again.
    linux.set_parent_death_signal(death_signal)
    linux.make_undumpable()
    if os.getppid() != parent:
        raise WallsError("the parent has gone")
    if not os.access(bounds.directory, os.R_OK | os.W_OK | os.X_OK):
        raise WallsError("the jail's own directory is not open to it")
    counted = own_user or (own_namespace and linux.kernel_release() >= COUNTED_BY_NAMESPACE)
    linux.share_one_heap()
    limits = rlimits.limit(_limits(bounds, mapped, counted))
    version = 0 if OptionalWall.LANDLOCK in without else landlock.version()
    if version:
        landlock.restrict(version, bounds.directory, bounds.readable)
    writes = version >= landlock.WRITES_SAFELY_FROM
    seccomp.install(writes=writes)
    return Walls(
        seccomp=True,
        landlock=version,
        writes=writes,
        own_user=own_user,
        own_network=own_network,
        limits=limits,
    )


def _limits(bounds: Bounds, mapped: int, counted: bool) -> dict[str, int]:
    used = getrusage(RUSAGE_SELF)
    limits = {
        "address_space_bytes": mapped + bounds.memory_bytes,
        "processor_seconds": ceil(used.ru_utime + used.ru_stime + bounds.processor_seconds),
        "open_files": bounds.open_files,
        "file_bytes": bounds.file_bytes,
    }
    return {**limits, "threads": bounds.threads} if counted else limits
