"""An account's whole cache as one file: of EDSL's own lines, or as a table."""

import csv
import io
import json
import uuid
from collections.abc import Iterator
from enum import StrEnum
from itertools import takewhile

from chalicelib.domain.accounts import Caller
from chalicelib.domain.cache.entry import KEY_LENGTH
from chalicelib.domain.object_keys import passing_key
from chalicelib.domain.times import iso
from chalicelib.releases.cache_entries import NEWEST, entry_document, file_lines
from chalicelib.releases.release import Release
from chalicelib.services.cache.browse import job_of
from chalicelib.services.deps import deps
from chalicelib.services.offload import in_time, passing
from chalicelib.storage.cache.entries import KeptEntry

TOO_MANY = (
    "Your cache has more entries than can be written into one file in time. Export it in parts, by how the "
    "entries' keys begin: add &keys_from=0, then 1, and so on to f; if that is still too much, 00, 01, … ff."
)
COLUMNS = ("key", *NEWEST.entry_fields, "written_at", "job_uuid")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


class ExportFormat(StrEnum):
    """What the file is."""

    JSONL = "jsonl"
    CSV = "csv"


def export(account: Caller, form: ExportFormat, release: Release, *, beginning: str) -> str:
    """Write an account's entries into a file, or those whose keys begin so; return a signed address of it.

    The lines are those that the release's ``Cache.from_jsonl`` loads. Raises TooLargeError where that
    would take longer than somebody waits.
    """
    kept = _entries(account, beginning)
    if form is ExportFormat.CSV:
        pieces = _table(kept)
    else:
        pieces = file_lines(((item.key, item.entry) for item in kept), release)
    name = passing_key(account.account_id, f"cache/{uuid.uuid4().hex}.{form}")
    return passing(
        in_time(pieces, TOO_MANY), name, download=f"perch-cache{beginning and '-' + beginning}.{form}"
    )


def _entries(account: Caller, beginning: str) -> Iterator[KeptEntry]:
    kept = deps().cache.entries(account.account_id, now=deps().clock(), after=_before(beginning))
    return takewhile(lambda item: item.key.startswith(beginning), kept)


def _before(beginning: str) -> str:
    """Return the last key before those that begin so; empty if these are the first."""
    number = int(beginning or "0", 16)
    return f"{number - 1:0{len(beginning)}x}".ljust(KEY_LENGTH, "f") if number else ""


def _table(entries: Iterator[KeptEntry]) -> Iterator[str]:
    yield _line(COLUMNS)
    for kept in entries:
        document = entry_document(kept.entry, NEWEST)
        document["parameters"] = json.dumps(document["parameters"])
        yield _line([kept.key, *map(_cell, document.values()), iso(kept.written_at), job_of(kept) or ""])


def _line(cells: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    """Return a cell that a spreadsheet shows and never runs."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
