"""Go through an uploaded object part by part, in memory that does not grow with it."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from chalicelib.domain.content.types import Kind
from chalicelib.domain.errors import InvalidContentError
from chalicelib.domain.json_refusals import Refusals
from chalicelib.domain.json_stream import JsonReader
from chalicelib.domain.json_types import Json

PIECE = 256 * 1024
"""Characters that are looked at in one go. As Python's objects they may take thirty times as much memory."""
LONGEST_NAME = 10_000
"""Such as a column's, in a scenario list that was a table."""
LONGEST_TOKEN = 13 * LONGEST_NAME
"""Of a name with its quotation marks, each character of which may be spelled with twelve; or of a number."""
MOST_PARTS = 3_000_000
"""Items and members that are looked at one by one: with more of them a check takes too long."""
MOST_FILES = 10_000
LOCATIONS = "external_locations"
REFUSALS = Refusals(
    kind=InvalidContentError,
    name="The object",
    again="Send it again",
    too_large_kind=InvalidContentError,
    part="The object has a name or a number",
)
KINDS = {
    **{"{": Kind.OBJECT, "[": Kind.LIST, '"': Kind.TEXT, "t": Kind.TRUTH, "f": Kind.TRUTH, "n": Kind.NULL},
    **dict.fromkeys("-0123456789", Kind.NUMBER),
}
"""By what a value begins with."""


class Parts:
    """Reads one object. Of a value that is next, one method must be called: all but ``kind`` take it.

    All raise InvalidContentError, with a sentence for a person.
    """

    def __init__(self, chunks: Iterable[bytes], *, maximum_depth: int) -> None:
        self.files: set[str] = set()
        """Ids of the files that what was read names."""
        self._reader = JsonReader(
            chunks, maximum_depth=maximum_depth, maximum_value=LONGEST_TOKEN, refusals=REFUSALS
        )
        self._count = 0

    def kind(self) -> Kind:
        """Tell of what kind the next value is."""
        kind = KINDS.get(self._reader.peek())
        if kind is None:
            self._reader.take()  # which says what is wrong with it
        return kind or Kind.NUMBER

    def small(self) -> Json | None:
        """Return the next value if it can be looked at in one go; None, and it is still next, if not."""
        self._reader.peek()
        taken = self._reader.take_small(PIECE)
        if taken is None:
            return None
        value, text = taken
        if LOCATIONS in text:
            self._find_files(value)
        return value

    def text(self) -> str:
        """Return the next value, which is a text, and may not be long."""
        return str(self._reader.take()[0])

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that comes next; at each, its value is next."""
        for key in self._reader.members():
            self._counted()
            if len(key) > LONGEST_NAME:
                raise InvalidContentError(
                    f"The object has a key of more than {LONGEST_NAME:,} characters. Give it a shorter one."
                )
            yield key

    def items(self) -> Iterator[int]:
        """Stop at each item of the list that comes next, and tell its number."""
        for number, _ in enumerate(self._reader.items()):
            self._counted()
            yield number

    def pass_over(self, key: str = "") -> None:
        """Read the next value, of whatever size and kind it is; ``key`` is what it is called."""
        kind = self.kind()
        if kind not in (Kind.OBJECT, Kind.LIST):
            self._reader.skip()
            return
        value = self.small()
        if value is not None:
            if key == LOCATIONS:
                self._note_file(value)
        elif kind is Kind.OBJECT:
            for name in self.members():
                self.pass_over(name)
        else:
            for _ in self.items():
                self.pass_over()

    def end(self) -> None:
        """Read what is left, which must be white space."""
        self._reader.end()

    def _counted(self) -> None:
        self._count += 1
        if self._count > MOST_PARTS:
            raise InvalidContentError(
                f"The object has more than {MOST_PARTS:,} parts; Perch looks at no more. Send it in several."
            )

    def _find_files(self, value: Json) -> None:
        pending = [value]
        while pending:
            found = pending.pop()
            if isinstance(found, list):
                pending.extend(found)
            elif isinstance(found, dict):
                self._note_file(found.get(LOCATIONS))
                pending.extend(found.values())

    def _note_file(self, locations: Json) -> None:
        place = locations.get("gcs") if isinstance(locations, dict) else None
        file_id = place.get("file_uuid") if isinstance(place, dict) else None
        if not isinstance(file_id, str):
            return
        try:
            self.files.add(str(UUID(file_id)))
        except ValueError:
            return
        if len(self.files) > MOST_FILES:
            raise InvalidContentError(
                f"The object has more than {MOST_FILES:,} files of its own. Send fewer."
            )
