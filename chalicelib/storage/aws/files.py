"""Large things in S3: payloads, rows, rendered results."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypedDict, cast

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from chalicelib.storage.aws.clients import s3, signing_s3
from chalicelib.storage.aws.tables import in_batches

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 256 * 1024
DELETED_AT_ONCE = 1000
"""Names in one DeleteObjects (S3)."""
# Uploading parts side by side, boto3 would hold up to ten of them (80 MB) in memory at once.
ONE_PART_AT_A_TIME = TransferConfig(use_threads=False)


class _Part(TypedDict, total=False):
    Range: str


class MissingFileError(Exception):
    """No file of that name is kept. Never shown to a person as it is."""


class FilesNotDeletedError(Exception):
    """S3 kept files that it was told to delete. Never shown to a person as it is."""


@dataclass(frozen=True)
class KeptFile:
    """What S3 tells of a file without giving it."""

    size: int
    """Bytes."""
    mark: str
    """Another one when the file was written over with something else (S3's ETag)."""


@dataclass(frozen=True)
class FileStore:
    """The bucket; names are keys below ``account/``.

    ``signed_endpoint`` is where callers reach S3; empty: where this process does.
    """

    bucket: str
    signed_endpoint: str = ""

    def size(self, name: str) -> int:
        """Return a file's length in bytes.

        Raises MissingFileError.
        """
        return self.look_at(name).size

    def look_at(self, name: str) -> KeptFile:
        """Return what there is to know of a file.

        Raises MissingFileError.
        """
        try:
            told = s3().head_object(Bucket=self.bucket, Key=name)
        except ClientError as error:
            raise _missing(error, name) from error
        return KeptFile(told["ContentLength"], told["ETag"])

    def has(self, name: str) -> bool:
        """Tell whether a file of that name is kept."""
        try:
            self.size(name)
        except MissingFileError:
            return False
        return True

    def reachable(self) -> None:
        """Ask for the bucket, so that its absence is noticed."""
        s3().head_bucket(Bucket=self.bucket)

    def read(self, name: str) -> bytes:
        """Return a whole file that is known to be small.

        Raises MissingFileError.
        """
        return b"".join(self.chunks(name))

    def chunks(self, name: str, extent: tuple[int, int] | None = None) -> Iterator[bytes]:
        """Return a file piece by piece, or of it only the bytes ``[begin, end)``.

        Raises MissingFileError.
        """
        part: _Part = {"Range": f"bytes={extent[0]}-{extent[1] - 1}"} if extent else {}
        try:
            body = s3().get_object(Bucket=self.bucket, Key=name, **part)["Body"]
        except ClientError as error:
            raise _missing(error, name) from error
        with body:
            yield from body.iter_chunks(CHUNK)

    def lines(self, name: str, extent: tuple[int, int] | None = None) -> Iterator[bytes]:
        """Return a file of lines, or those in ``[begin, end)``, without holding more than one.

        Raises MissingFileError.
        """
        rest = b""
        for chunk in self.chunks(name, extent):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def write(self, name: str, data: bytes) -> None:
        """Keep a small file."""
        s3().put_object(Bucket=self.bucket, Key=name, Body=data)

    def write_stream(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file of any size in constant memory (in parts)."""
        source = cast(IO[bytes], _Pieces(iter(pieces)))
        s3().upload_fileobj(source, self.bucket, name, Config=ONE_PART_AT_A_TIME)

    def copy(self, source: str, target: str) -> None:
        """Keep a second file like the first, without reading it here; files of up to 5 GB (S3).

        Raises MissingFileError.
        """
        try:
            s3().copy_object(
                Bucket=self.bucket, Key=target, CopySource={"Bucket": self.bucket, "Key": source}
            )
        except ClientError as error:
            raise _missing(error, source) from error

    def delete(self, name: str) -> None:
        """Keep a file no longer; one that is not there is no error."""
        s3().delete_object(Bucket=self.bucket, Key=name)

    def under(self, prefix: str) -> Iterator[str]:
        """Yield the names of all files that begin so, in order."""
        after = ""
        while True:
            page = s3().list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
            names = [entry["Key"] for entry in page.get("Contents", ())]
            yield from names
            if not page["IsTruncated"]:
                return
            after = names[-1]

    def delete_under(self, prefix: str) -> None:
        """Keep no file any longer that begins so.

        Raises FilesNotDeletedError: some of them may be gone.
        """
        for names in in_batches(self.under(prefix), DELETED_AT_ONCE):
            answer = s3().delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
            )
            if refused := answer.get("Errors"):
                raise FilesNotDeletedError(
                    f"{len(refused)} of {len(names)} files are still there: {refused[0]}"
                )

    def signed_get(self, name: str, *, seconds: int, download: str | None = None) -> str:
        """Return an address from which anyone can read the file for a while.

        ``download`` is what a browser is to call the file, instead of showing it.
        """
        named = {"ResponseContentDisposition": f'attachment; filename="{download}"'} if download else {}
        return self._signer().generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": name, **named}, ExpiresIn=seconds
        )

    def signed_put(self, name: str, *, seconds: int, content_type: str | None = None) -> str:
        """Return an address to which anyone can write the file for a while.

        ``content_type`` is what must then be said of it, if that matters.
        """
        typed = {"ContentType": content_type} if content_type else {}
        return self._signer().generate_presigned_url(
            "put_object", Params={"Bucket": self.bucket, "Key": name, **typed}, ExpiresIn=seconds
        )

    def _signer(self) -> S3Client:
        return signing_s3(self.signed_endpoint) if self.signed_endpoint else s3()


def _missing(error: ClientError, name: str) -> Exception:
    if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
        return MissingFileError(name)
    return error


class _Pieces(io.RawIOBase):
    """A readable file made of pieces, as boto3's multipart upload wants one."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            length += len(piece)
        data = b"".join(parts)
        cut = len(data) if size < 0 else size
        self._rest = data[cut:]
        return data[:cut]
