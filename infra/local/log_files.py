"""The logs of a stack's parts: kept over restarts, bounded, and read by their owner only.

A part writes to the end of its file, whatever its length. So a file that has grown too large is copied and
then emptied, and no part need be told; only what is written within the moment between is lost.
"""

import logging
import shutil
from pathlib import Path

from chalicelib.logs.lines import Lines

LARGEST = 10 * 1024 * 1024
KEPT = 5
"""Earlier files of each part: ``api.log.1`` is the latest."""


def keep(directory: Path, name: str) -> Path:
    """Return the log of a part, which may have been written by stacks before. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / f"{name}.log"
    file.touch(mode=0o600)
    return file


def turn_over(directory: Path, *, largest: int = LARGEST) -> None:
    """Put aside the logs that have grown too large, and forget the oldest. Raises OSError."""
    for file in directory.glob("*.log"):
        if file.stat().st_size > largest:
            for number in range(KEPT - 1, 0, -1):
                earlier = _earlier(file, number)
                if earlier.exists():
                    earlier.replace(_earlier(file, number + 1))
            shutil.copy2(file, _earlier(file, 1))
            with file.open("r+b") as emptied:
                emptied.truncate()


def write_lines(handler: logging.Handler) -> None:
    """Have what the stack itself says written by a handler, as lines like those of the functions."""
    handler.setFormatter(Lines())
    logger = logging.getLogger("local_stack")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _earlier(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
