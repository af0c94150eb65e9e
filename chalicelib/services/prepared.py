"""The prepared job, read once for all of its slices that a warm worker runs one after another."""

import json

from chalicelib.domain.interview import Document
from chalicelib.services.parts import parts

_held: dict[str, Document] = {}
"""The last job only, by the name of its file, which holds a job's id and is written once."""


def prepared(name: str) -> Document:
    """Return a prepared job, which nobody may change."""
    document = _held.get(name)
    if document is None:
        _held.clear()  # before the next is read, so that there are never two in memory
        document = _held[name] = json.loads(parts().files.read(name))
    return document
