"""Where strangers' programs run: a child that has put walls around itself before it reads anything."""

import asyncio
from pathlib import Path

from chalicelib.domain.runs.walls import Walls
from chalicelib.engine.sandbox import readable
from chalicelib.engine.sandbox.loops import ReadyLoops
from chalicelib.engine.sandbox.roles import Limits
from chalicelib.engine.sandbox.walls import Bounds, enclose

OPEN_FILES = 256
FILE_BYTES = 64 * 1024 * 1024


def enter(home: Path, limits: Limits, user: int | None = None) -> Walls:
    """Enclose this process, which has one thread and nothing open that it must not have.

    It becomes ``user``, if this is root, to whom ``home`` must be open. Raises WallsError; then the process
    must end.
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
            user=user,
        )
    )
