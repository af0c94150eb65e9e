"""Bodies of S3's objects as files, so that none is in memory longer than its request.

A file is read by whoever opened it, even when its object is deleted or replaced meanwhile.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Self

BLOCK_BYTES = 256 * 1024
LARGEST_WHOLE = 1024 * 1024
"""Up to here a body is answered in one piece."""


@dataclass(frozen=True)
class BodyFile:
    """A body in a file that is nobody's yet: who keeps it moves it."""

    path: Path
    size: int

    def __len__(self) -> int:
        return self.size

    def read(self) -> bytes:
        """Return all of it."""
        return self.path.read_bytes()

    def remove(self) -> None:
        """Remove it, unless somebody has moved it."""
        self.path.unlink(missing_ok=True)


def write_body(directory: Path, parts: Iterable[bytes]) -> BodyFile:
    """Write a body into a new file of a directory. Raises OSError, and leaves nothing then."""
    path = directory / uuid.uuid4().hex
    try:
        with path.open("xb") as file:
            size = sum(file.write(part) for part in parts)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return BodyFile(path, size)


def keep_body(directory: Path, body: bytes | BodyFile) -> Path:
    """Return the file of a body that is kept in a directory from now on. Raises OSError."""
    if isinstance(body, bytes):
        return write_body(directory, [body]).path
    # A new name: the one who made the file removes it by its own.
    return body.path.rename(directory / uuid.uuid4().hex)


class OpenBody:
    """Some of a body's bytes, not yet read: as much of ``bytes`` as an answer needs."""

    def __init__(self, file: FileIO, start: int, stop: int) -> None:
        self._file, self._start, self._stop = file, start, stop

    @classmethod
    def of(cls, path: Path) -> Self:
        """Open a file. Raises OSError."""
        file = FileIO(path)
        return cls(file, 0, os.fstat(file.fileno()).st_size)

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, part: slice) -> OpenBody:
        start, stop, _ = part.indices(len(self))
        return OpenBody(self._file, self._start + start, self._start + max(start, stop))

    def __copy__(self) -> OpenBody:
        return self

    def __iter__(self) -> Iterator[bytes]:
        for place in range(self._start, self._stop, BLOCK_BYTES):
            yield os.pread(self._file.fileno(), min(BLOCK_BYTES, self._stop - place), place)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
