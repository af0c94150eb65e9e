"""The walls around a child that holds keys: it reaches the network, and else as little as possible.

No stranger's program runs in it. What it is told, prompts and files, still goes through the clients of
many providers, any of which may have a hole.
"""

import math
import os
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox import readable
from chalicelib.engine.sandbox.kernel import landlock, linux, rlimits, seccomp, users
from chalicelib.engine.sandbox.kernel.linux import WallsError
from chalicelib.engine.sandbox.roles import Limits


def enclose(directory: Path, limits: Limits, user: int | None = None) -> Walls:
    """Put up every wall that leaves connections open; returns which stand.

    No new program, nobody else's memory and no further right anywhere; where there is Landlock nothing is
    written outside of ``directory`` and nothing of others is read. It becomes ``user``, if this is root, to
    whom ``directory`` must be open. Raises WallsError, and then this process must end.
    """
    if not sys.platform.startswith("linux"):
        raise WallsError("there are no walls but on Linux")
    try:
        return _enclose(directory, limits, user)
    except OSError as error:
        raise WallsError(f"the walls do not stand: {error}") from error


def _enclose(directory: Path, limits: Limits, user: int | None) -> Walls:
    parent, death_signal, mapped = os.getppid(), linux.parent_death_signal(), linux.address_space()
    linux.forbid_new_privileges()
    linux.empty_bounding_set()
    own_user = user is not None and users.become(user)
    linux.drop_capabilities()
    # Whoever gives up rights lets go of the parent, and becomes readable again.
    linux.set_parent_death_signal(death_signal)
    linux.make_undumpable()
    if os.getppid() != parent:
        raise WallsError("the parent has gone")
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise WallsError("the caller's own directory is not open to it")
    linux.share_one_heap()
    holding = rlimits.limit(_limits(limits, mapped))
    version = landlock.version()
    if version:
        landlock.restrict(version, directory, readable.of_a_caller(), reaches_network=True)
    seccomp.install_for_caller()
    return Walls(
        seccomp=True, landlock=version, writes=True, own_user=own_user, own_network=False, limits=holding
    )


def _limits(limits: Limits, mapped: int) -> dict[str, int]:
    used = getrusage(RUSAGE_SELF)
    return {
        "address_space_bytes": mapped + limits.memory_bytes,
        "processor_seconds": math.ceil(used.ru_utime + used.ru_stime + limits.processor_seconds),
    }
