"""What the functions that run jobs know of the walls around them, written down for whoever asks."""

from chalicelib.domain.runs.walls import WallsRecord
from chalicelib.logs.lines import logger_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.clients import trouble_of

logger = logger_of("walls")


def note_walls(function: str) -> None:
    """Write down which walls this process's engine has seen, if it has: once, and again if they change.

    AWS refusing it is logged and nothing more: no job waits for this, or fails of it.
    """
    walls = deps().engine().walls
    if walls is None or not function:
        return
    record = WallsRecord(function, deps().clock(), walls)
    trouble = trouble_of(lambda: deps().walls.note(record))
    if trouble:
        logger.warning("Which walls stand could not be written down", trouble=trouble)


def known_walls() -> list[WallsRecord]:
    """Return what functions have written down; nothing where that cannot be read."""
    found: list[WallsRecord] = []
    trouble = trouble_of(lambda: found.extend(deps().walls.all()))
    if trouble:
        logger.warning("Which walls stand could not be read", trouble=trouble)
    return found
