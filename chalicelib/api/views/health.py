"""How the server is, as whoever watches it reads it."""

from collections.abc import Iterable

from chalicelib.domain.json_types import Document
from chalicelib.domain.runs.walls import WallsRecord
from chalicelib.domain.times import iso


def walls_of_functions(records: Iterable[WallsRecord]) -> Document:
    """Return which walls stand, by the name of the function that has seen them."""
    return {
        record.function: {
            "seen_at": iso(record.seen_at),
            "seccomp": record.walls.seccomp,
            "landlock": record.walls.landlock,
            "writes": record.walls.writes,
            "own_user": record.walls.own_user,
            "own_network": record.walls.own_network,
            "limits": sorted(record.walls.limits),
        }
        for record in records
    }
