"""Where strangers' programs run: a child that has put walls around itself before it reads anything."""

import asyncio
import os
from pathlib import Path

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox import readable
from chalicelib.engine.sandbox.kernel.linux import WallsError
from chalicelib.engine.sandbox.loops import ReadyLoops
from chalicelib.engine.sandbox.roles import Limits
from chalicelib.engine.sandbox.walls import Bounds, enclose

OPEN_FILES = 256
FILE_BYTES = 64 * 1024 * 1024
WALLS_REFUSED = 3
"""The status of a process that could not put its walls up."""
HOUR = 3600.0
MEBIBYTE = 1024 * 1024


def enter(home: Path, limits: Limits) -> Walls:
    """Enclose this process, which has one thread and nothing open that it must not have.

    Raises WallsError; then the process must end.
    """
    asyncio.set_event_loop_policy(ReadyLoops())
    return enclose(
        Bounds(
            directory=home,
            memory_bytes=limits.memory_bytes,
            processor_seconds=limits.processor_seconds,
            open_files=OPEN_FILES,
            file_bytes=FILE_BYTES,
            readable=readable.of_the_interpreter(),
        )
    )


def can_be_entered(home: Path) -> bool:
    """Try it in a process of its own; tells whether the walls stand that all Linux machines have."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            enter(home, Limits(HOUR, 1024 * MEBIBYTE))
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
