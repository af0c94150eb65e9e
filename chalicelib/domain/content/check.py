"""Check an uploaded object by its structure: as a stream, never held whole, and never loaded by edsl."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.content.parts import Parts
from chalicelib.domain.content.types import (
    ABOUT_EDSL,
    CLASS_NAME,
    Kind,
    ObjectType,
    Shape,
    object_type_of,
    type_of_class,
)
from chalicelib.domain.errors import InvalidContentError

MAXIMUM_DEPTH = 100
SHOWN = 100
"""Characters of a stranger's name for something, in a sentence."""


@dataclass(frozen=True)
class Checked:
    """What the check of an object told."""

    files: frozenset[str]
    """Ids of the files that it names and that were uploaded apart from it."""


def check(chunks: Iterable[bytes], object_type: str, *, maximum_depth: int = MAXIMUM_DEPTH) -> Checked:
    """Read an uploaded object to its end, in memory that does not grow with it.

    Raises InvalidContentError with a sentence for a person if it is not JSON, has numbers that are none,
    or is no object of that type.
    """
    parts = Parts(chunks, maximum_depth=maximum_depth)
    _Check(parts, object_type_of(object_type)).check()
    return Checked(frozenset(parts.files))


class _Check:
    def __init__(self, parts: Parts, expected: ObjectType) -> None:
        self._parts = parts
        self._expected = expected
        self._class_name = ""

    def check(self) -> None:
        if self._parts.kind() is not Kind.OBJECT:
            self._parts.pass_over()
            self._parts.end()
            raise self._refused("it is not an object of JSON")
        kinds = self._members(self._expected.shape, "it")
        self._parts.end()
        # What it calls itself explains best why something else is wrong with it.
        said = type_of_class(self._class_name)
        if said not in (None, self._expected.name):
            raise self._refused(f"it says that it is of the class {self._class_name[:SHOWN]}")
        self._compare(self._expected.shape, kinds, "it")

    def _object(self, shape: Shape, place: str) -> None:
        """Take the next value, which must be an object of a shape."""
        if self._parts.kind() is not Kind.OBJECT:
            raise self._refused(f"{place} is not an object")
        # One whose parts have shapes of their own is read part by part, however small it is.
        value = None if shape.inner or shape.each else self._parts.small()
        if value is None:
            kinds = self._members(shape, place)
        else:
            kinds = {key: Kind.of(value[key]) for key in shape.keys if key in value}
        self._compare(shape, kinds, place)

    def _members(self, shape: Shape, place: str) -> dict[str, Kind]:
        """Take the next object member by member; return the kinds of those that its shape names."""
        kinds: dict[str, Kind] = {}
        for key in self._parts.members():
            kind = self._parts.kind()
            if key in shape.keys or key == CLASS_NAME:
                if key in kinds:
                    raise self._refused(f"{place} has '{key}' twice")
                kinds[key] = kind
            inner = shape.inner.get(key) if kind in shape.keys.get(key, ()) else None
            if key == CLASS_NAME and shape is self._expected.shape:
                self._class_name = self._text(key)
            elif inner and kind is Kind.OBJECT:
                self._object(inner, f"its '{key}'")
            elif inner and kind is Kind.LIST:
                for number in self._parts.items():
                    self._object(inner, f"item {number} of its '{key}'")
            elif shape.each and key not in ABOUT_EDSL:
                self._object(shape.each, f"its entry '{key[:SHOWN]}'")
            else:
                self._parts.pass_over(key)
        return kinds

    def _text(self, key: str) -> str:
        if self._parts.kind() is not Kind.TEXT:
            raise self._refused(f"its '{key}' is not a text")
        return self._parts.text()

    def _compare(self, shape: Shape, kinds: Mapping[str, Kind], place: str) -> None:
        for key, allowed in shape.keys.items():
            if key not in kinds:
                raise self._refused(f"{place} has no '{key}'")
            if kinds[key] not in allowed:
                raise self._refused(f"'{key}' of {place} is not {' or '.join(sorted(allowed))}")

    def _refused(self, why: str) -> InvalidContentError:
        return InvalidContentError(
            f"The object was sent as {self._expected.called}, but {why}. Send it whole, and as what it is."
        )
