"""How the parent checks what a child says while it runs a slice: a job may have taken the child over."""

import re
from collections.abc import Iterable
from typing import TypeGuard

from chalicelib.domain.cache.entry import CacheEntry, NewEntry, is_key, read_entry
from chalicelib.domain.errors import EngineError, InvalidRequestError
from chalicelib.domain.json_types import Document, Json
from chalicelib.domain.results.rows import InterviewRow

ANSWERS_OF_AN_INTERVIEW = 10_000
"""More than any interview asks; a child that says more wants to fill a table."""
DIGEST = re.compile("[0-9a-f]{64}")
LARGEST_ENTRY = 16 * 1024 * 1024
"""Characters of a new entry's texts; a stage takes far smaller ones only."""
LONGEST_VARIANT = 64


class SliceCheck:
    """Checks rows, what is to be found, new entries and the end of one slice as they come."""

    def __init__(
        self, indices: Iterable[int], *, reads_cache: bool = False, fills_cache: bool = False
    ) -> None:
        self._open = set(indices)
        self._told_cut_off: set[int] = set()
        self._added = {index: set[str]() for index in self._open} if fills_cache else {}
        self._most_asked = ANSWERS_OF_AN_INTERVIEW * len(self._open) if reads_cache else 0
        self._asked: set[str] = set()
        self.found: set[str] = set()
        """The keys of which the child has been told an entry; another thread adds to them."""

    def row_of(self, message: Document) -> InterviewRow:
        """Return the row in a message, for each index at most one; raises EngineError."""
        index, row, exceptions = (message.get(name) for name in ("index", "row", "exceptions"))
        if not is_count(index) or index not in self._open:
            raise broken_protocol()
        if not isinstance(row, dict) or not _are_exceptions(exceptions):
            raise broken_protocol()
        retrieved = self._retrieved(message.get("retrieved", []))
        if message.get("cut_off") is True:
            return self._cut_off(InterviewRow(index, row, exceptions, cut_off=True, retrieved=retrieved))
        self._open.discard(index)
        return InterviewRow(index, row, exceptions, retrieved=retrieved)

    def _retrieved(self, keys: Json) -> tuple[str, ...]:
        if not isinstance(keys, list) or len(keys) > ANSWERS_OF_AN_INTERVIEW:
            raise broken_protocol()
        if not all(isinstance(key, str) and key in self.found for key in keys):
            raise broken_protocol()
        return tuple(keys)

    def _cut_off(self, row: InterviewRow) -> InterviewRow:
        """An interview that was cut off is left; that it was is told once."""
        if row.index in self._told_cut_off:
            raise broken_protocol()
        self._told_cut_off.add(row.index)
        return row

    def is_open(self, index: int) -> bool:
        """Tell whether an interview is in the slice and has no row yet."""
        return index in self._open

    def settled_of(self, message: Document) -> list[int]:
        """Return those interviews that a message names which have no row yet; raises EngineError."""
        indices = message["settled"]
        if not isinstance(indices, list) or not all(map(is_count, indices)):
            raise broken_protocol()
        return [index for index in indices if index in self._open]

    def keys_of(self, message: Document) -> list[str]:
        """Return the keys that a message wants found, each once; raises EngineError."""
        keys = message["find"]
        if not isinstance(keys, list) or not all(map(is_key, keys)):
            raise broken_protocol()
        before = len(self._asked)
        self._asked.update(keys)
        if len(self._asked) != before + len(keys) or len(self._asked) > self._most_asked:
            raise broken_protocol()
        return keys

    def entry_of(self, message: Document) -> NewEntry:
        """Return the new entry in a message, of an interview not yet told, a key once; raises EngineError."""
        match message["add"]:
            case [index, dict(fields), bool(corrects)]:
                pass
            case _:
                raise broken_protocol()
        if not is_count(index) or index not in self._open or index not in self._added:
            raise broken_protocol()
        try:
            entry = _entry_of(fields)
            key = entry.key
        except (InvalidRequestError, RecursionError) as error:
            raise broken_protocol() from error
        said = self._added[index]
        if key in said or len(said) >= ANSWERS_OF_AN_INTERVIEW:
            raise broken_protocol()
        said.add(key)
        return NewEntry(index, entry, corrects=corrects and key in self.found)

    def end(self, message: Document) -> None:
        """Take the end: it must name those interviews that had no row, and no others; raises EngineError."""
        left = message["end"]
        if not isinstance(left, list) or not all(is_count(index) for index in left):
            raise broken_protocol()
        if len(left) != len(self._open) or set(left) != self._open:
            raise broken_protocol()


def broken_protocol() -> EngineError:
    """Return the error for a child that says what it must not say."""
    return EngineError("The survey engine broke its protocol and was stopped.")


def is_count(value: Json) -> TypeGuard[int]:
    """Tell whether a value is a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _entry_of(fields: Document) -> CacheEntry:
    """Return the valid entry that a child tells of; raises EngineError, InvalidRequestError."""
    variant = fields.get("variant")
    if not isinstance(variant, str) or len(variant) > LONGEST_VARIANT:
        raise broken_protocol()
    entry = read_entry(fields, variant)
    if not entry.service or not entry.validated:
        raise broken_protocol()
    if sum(map(len, (entry.output, entry.system_prompt, entry.user_prompt))) > LARGEST_ENTRY:
        raise broken_protocol()
    return entry


def is_digest(key: str) -> bool:
    """Tell whether a text is a SHA-256 digest in hexadecimal."""
    return DIGEST.fullmatch(key) is not None


def _are_exceptions(value: Json) -> TypeGuard[dict[str, list[Document]]]:
    return isinstance(value, dict) and all(
        isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries)
        for entries in value.values()
    )
