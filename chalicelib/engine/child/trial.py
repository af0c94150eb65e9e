"""Which walls this machine gives, tried before the first child: each try is a process of its own."""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.child import jail
from chalicelib.engine.sandbox import caller_walls, readable
from chalicelib.engine.sandbox.homes import CHILDREN, LISTABLE, PASSABLE, give_home, make_home, remove_home
from chalicelib.engine.sandbox.kernel import users
from chalicelib.engine.sandbox.kernel.linux import WallsError
from chalicelib.engine.sandbox.roles import Limits, Role

WALLS_REFUSED = 3
"""The status of a process that could not put its walls up."""
AMPLE = Limits(processor_seconds=3600.0, memory_bytes=1 << 30)
YES = b"y"

ENCLOSE: MappingProxyType[Role, Callable[[Path, Limits, int | None], Walls]] = MappingProxyType(
    {Role.JAIL: jail.enter, Role.CALLER: caller_walls.enclose}
)
"""What puts a child's walls up, given its directory, its limits and the user that it is to be."""
READ_BY: MappingProxyType[Role, Callable[[], tuple[Path, ...]]] = MappingProxyType(
    {Role.JAIL: readable.of_the_interpreter, Role.CALLER: readable.of_a_caller}
)


@dataclass(frozen=True)
class Machine:
    """What a machine gives to children."""

    walls: bool
    """Those that all Linux machines have."""
    own_users: frozenset[Role] = frozenset()
    """Who can be a user of his own."""


def try_walls(home: Path) -> Machine:
    """Try all of it; ``home`` is the directory that children's lie in. Raises WallsError.

    A user of its own takes root here, and everything that a child may still have to import must be readable
    to all: Python below ``/root`` is not.
    """
    readable.of_the_interpreter()  # here once, and not in each child
    own_users: frozenset[Role] = frozenset()
    if os.geteuid() == 0:
        home.chmod(PASSABLE)
        own_users = frozenset(role for role in Role if has_users(home, role))
        home.chmod(PASSABLE if own_users else LISTABLE)
    return Machine(Role.JAIL in own_users or can_be_entered(home), own_users)


def can_be_entered(home: Path) -> bool:
    """Tell whether the walls of a jail stand that all Linux machines have; raises WallsError."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            jail.enter(home, AMPLE)
            status = 0
        except WallsError:
            status = WALLS_REFUSED
        finally:
            os._exit(status)
    _, how = os.waitpid(pid, 0)
    status = os.waitstatus_to_exitcode(how)
    if status not in (0, WALLS_REFUSED):
        raise WallsError(f"trying the walls ended with status {status}")
    return status == 0


def has_users(home: Path, role: Role) -> bool:
    """Tell whether a child can be a user of its own, and be read, killed and cleared away by this one."""
    needed = _needed(READ_BY[role]())
    heard, told = os.pipe()
    waits, ends = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ends)
            if _is_somebody_else(home, role, needed):
                os.write(told, YES)
                os.read(waits, 1)  # until it is killed, or its parent finds that it cannot
        finally:
            os._exit(1)
    os.close(told)
    os.close(waits)
    is_somebody_else = os.read(heard, 1) == YES
    if is_somebody_else:
        with suppress(PermissionError):
            os.kill(pid, signal.SIGKILL)
    os.close(ends)
    os.close(heard)
    _, how = os.waitpid(pid, 0)
    remove_home(home, pid)
    was_killed = os.waitstatus_to_exitcode(how) == -signal.SIGKILL
    return is_somebody_else and was_killed and not (home / f"{CHILDREN}{pid}").exists()


def _is_somebody_else(of_all: Path, role: Role, needed: Iterable[Path]) -> bool:
    """Put this process's walls up as a user of its own; tell whether it reads then what it may need."""
    user = users.of_process(os.getpid())
    with suppress(OSError, WallsError):
        home = make_home(of_all, os.getpid())
        give_home(home, user)
        return ENCLOSE[role](home, AMPLE, user).own_user and users.reads(needed)
    return False


def _needed(paths: Iterable[Path]) -> list[Path]:
    """Return what of some paths is there, every folder that modules come from, and each module that came."""
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    named = (*paths, *map(Path, sys.path), *(Path(file) for file in modules if file))
    return [path for path in dict.fromkeys(named) if path.exists()]
