"""A zip archive as a stream: held is one piece of one file."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of each file: the same archive twice is the same bytes."""
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class ArchivedFile:
    """A file of an archive; its pieces are read once, before the next file is asked for."""

    name: str
    pieces: Iterable[bytes]


def kept_file(name: str, key: str) -> Iterator[ArchivedFile]:
    """Yield a file that lies in S3 under a key, if there is one."""
    chunks = deps().files.chunks(key)
    try:
        first = next(chunks, b"")
    except MissingFileError:
        return
    yield ArchivedFile(name, chain([first], chunks))


class _Sink:
    """Takes what is written until it is taken away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def zip_pieces(files: Iterable[ArchivedFile]) -> Iterator[bytes]:
    """Yield an archive of files, with a list of their SHA-256 sums at its end."""
    sink, sums = _Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            digest = hashlib.sha256()
            with archive.open(_entry(file.name), "w", force_zip64=True) as entry:
                for piece in file.pieces:
                    entry.write(piece)
                    digest.update(piece)
                    yield sink.taken()
            sums.append(f"{digest.hexdigest()}  {file.name}\n")
        archive.writestr(_entry(SUMS), "".join(sums))
    yield sink.taken()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
