"""Cache entries in the forms in which client releases send, load and keep them in files."""

import json
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.domain.cache.entry import CacheEntry, is_key
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Document, Json
from chalicelib.releases.release import RELEASES, Release

SYNCING = RELEASES[0]
"""The only releases that sync their caches are 0.1.33 and its like (client contract, section 3.4)."""
NEWEST = RELEASES[-1]


def entry_document(entry: CacheEntry, release: Release) -> Document:
    """Return an entry as a release loads it."""
    document = entry.document()
    return {name: document[name] for name in release.entry_fields}


def sent_entry(entry: CacheEntry, release: Release) -> str:
    """Return an entry as one of the list that clients are answered: JSON in JSON."""
    return json.dumps({"json_string": json.dumps(entry_document(entry, release))})


def file_lines(entries: Iterable[tuple[str, CacheEntry]], release: Release) -> Iterator[str]:
    """Yield the lines of a file that a release's ``Cache.from_jsonl`` loads, of keys and entries."""
    if release.names_entries:
        header = {"__header__": True, "edsl_class_name": "Cache", "edsl_version": release.name}
        yield json.dumps(header) + "\n"
    for key, entry in entries:
        document = entry_document(entry, release)
        line = {"key": key, "entry": document} if release.names_entries else {key: document}
        yield json.dumps(line) + "\n"


def named_entry(data: Json) -> tuple[str | None, Json]:
    """Return the key that an entry was sent with, if any, and the entry: alone, or as a line of a file.

    Raises InvalidRequestError if the key is no text.
    """
    if not isinstance(data, Mapping):
        return None, data
    if "entry" in data:
        key = data.get("key")
        if not isinstance(key, str):
            raise InvalidRequestError("A cache entry's key must be text.")
        return key, data["entry"]
    if len(data) == 1:
        ((key, entry),) = data.items()
        if is_key(key):
            return key, entry
    return None, data
