"""What ``GET object/list`` answers, as data: clients ask for it in the same words, and read it differently.

Read in the clients themselves (docs/client-contract.md, G1 and section 9).
"""

from dataclasses import dataclass

from chalicelib.releases.release import newest_not_newer


@dataclass(frozen=True)
class ObjectList:
    """How one release reads a list of objects."""

    name: str
    bare: bool
    """True: a list of them. False: an object that has them, and tells of pages."""


OBJECT_LISTS: tuple[ObjectList, ...] = (ObjectList("0.1.55", bare=True), ObjectList("1.0.2", bare=False))


def object_list_of(version: str | None) -> ObjectList:
    """Return how a client of some version reads a list; one of no known version as the newest."""
    return newest_not_newer(OBJECT_LISTS, version or "")
