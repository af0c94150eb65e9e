"""What the functions that run jobs know of the walls around them, written down for whoever asks."""

from aws_lambda_powertools import Logger

from chalicelib.domain.runs.walls import WallsRecord
from chalicelib.services.deps import deps

logger = Logger(service="walls")


def note_walls(function: str) -> None:
    """Write down which walls this process's engine has seen, if it has: once, and again if they change.

    An error is logged and nothing more: no job waits for this, or fails of it.
    """
    try:
        walls = deps().engine().walls
        if walls is not None and function:
            deps().walls.note(WallsRecord(function, deps().clock(), walls))
    except Exception:
        logger.warning("Which walls stand could not be written down", exc_info=True)


def known_walls() -> list[WallsRecord]:
    """Return what functions have written down; nothing where that cannot be read."""
    try:
        return deps().walls.all()
    except Exception:
        logger.warning("Which walls stand could not be read", exc_info=True)
        return []
