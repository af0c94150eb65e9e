"""JSON as Python has it."""

from collections.abc import Mapping
from typing import Any

Json = Any
"""Anything that JSON can say."""
Document = dict[str, Json]
"""An object of JSON whose fields a client or edsl decides; what Perch itself decides has a class."""


def object_in(document: Mapping[str, Json], name: str) -> Document:
    """Return the object that stands under a name; an empty one where there is something else, or nothing."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
