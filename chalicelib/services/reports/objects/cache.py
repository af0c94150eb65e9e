"""A cache that somebody pushed, as its page shows it: its entries a page at a time, and what is sought."""

from dataclasses import dataclass

from chalicelib.domain.cache.said import said_by
from chalicelib.domain.content.types import ABOUT_EDSL
from chalicelib.domain.json_types import Document
from chalicelib.services.reports.questions import cut

PAGE_SIZE = 25
LONGEST_TEXT = 5_000
LONGEST_NAME = 100
SOUGHT = ("model", "service", "system_prompt", "user_prompt", "output")


@dataclass(frozen=True)
class Sought:
    """Which entries are looked for: those with some words, in capitals or not; and which page of them."""

    words: str = ""
    page: int = 1


@dataclass(frozen=True)
class EntryFacts:
    """One entry: what was asked of which model, and what it said."""

    asked: str
    system: str
    model: str
    service: str
    said: str


@dataclass(frozen=True)
class CacheFacts:
    """A page of a cache's entries."""

    lines: tuple[EntryFacts, ...]
    first: int
    """Which of those found the first one is, counted from 1."""
    total: int
    """How many were found."""
    count: int
    """How many there are."""
    more: bool = False
    """There are more than were counted: never, as small caches only are looked into."""


def cache_of(value: Document, sought: Sought) -> CacheFacts:
    """Return a page of a cache's entries; a stranger may have written any part of it."""
    entries = [one for key, one in value.items() if key not in ABOUT_EDSL and isinstance(one, dict)]
    words = sought.words.casefold()
    found = [one for one in entries if not words or _has(one, words)]
    start = (sought.page - 1) * PAGE_SIZE
    lines = tuple(_entry(one) for one in found[start : start + PAGE_SIZE])
    return CacheFacts(lines, start + 1, len(found), len(entries))


def _has(entry: Document, words: str) -> bool:
    return any(words in _text(entry, name).casefold() for name in SOUGHT)


def _entry(entry: Document) -> EntryFacts:
    return EntryFacts(
        asked=cut(_text(entry, "user_prompt"), LONGEST_TEXT),
        system=cut(_text(entry, "system_prompt"), LONGEST_TEXT),
        model=cut(_text(entry, "model"), LONGEST_NAME),
        service=cut(_text(entry, "service"), LONGEST_NAME),
        said=cut(said_by(_text(entry, "output")), LONGEST_TEXT),
    )


def _text(entry: Document, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
