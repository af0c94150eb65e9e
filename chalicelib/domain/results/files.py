"""Which files, uploaded apart from their jobs, canonical rows name."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

FILE_ID = b'"file_uuid"'
NAMED = re.compile(FILE_ID + rb':\s*"([0-9a-fA-F-]{36})"')
"""As edsl writes it. What an answer quotes of it has backslashes before the quotation marks."""
MOST_FILES = 10_000
"""That results give others to read."""


def noting_files(lines: Iterable[bytes], named: set[str]) -> Iterator[bytes]:
    """Yield rows, and put the ids of the files that they name into a set."""
    for line in lines:
        if FILE_ID in line and len(named) < MOST_FILES:
            named.update(_ids(line))
        yield line


def _ids(line: bytes) -> Iterator[str]:
    for found in NAMED.findall(line):
        try:
            yield str(UUID(found.decode()))
        except ValueError:
            continue
