"""Where moto has an object's body: in memory while the request lasts that brings it, then on disk.

moto's own buffers hold each body in memory, and a multipart upload's twice.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moto.s3.models as s3_models
from moto.s3.exceptions import EntityTooSmall, InvalidPart, MalformedXML
from moto.s3.models import FakeMultipart, MultipartChecksumBuilder, S3Backend
from moto.s3.responses import S3Response
from moto.settings import S3_UPLOAD_PART_MIN_SIZE
from moto.utilities.utils import md5_hash

from infra.local.data.bodies import LARGEST_WHOLE, BodyFile, OpenBody, write_body

_answering = threading.local()


class Buffer:
    """As much of a file as moto wants of an object's body."""

    def __init__(self, _size: int = 0) -> None:
        self.body: bytes | BodyFile = b""
        self._position = 0

    def seek(self, position: int) -> None:
        self._position = position

    def truncate(self) -> None:
        self.close()
        self.body = b""

    def write(self, body: bytes | BodyFile) -> None:
        """Take the whole body; moto writes it at once."""
        self.body = body

    def read(self, size: int = -1) -> bytes:
        body = self.body.read() if isinstance(self.body, BodyFile) else self.body
        part = body[self._position : None if size < 0 else self._position + size]
        self._position += len(part)
        return part

    def close(self) -> None:
        """Remove what is on disk, unless somebody keeps it."""
        if isinstance(self.body, BodyFile):
            self.body.remove()


def apply(directory: Path) -> None:
    """Lay what is uploaded in parts into a directory, and read large answers as they are sent."""
    s3_models.tempfile = SimpleNamespace(SpooledTemporaryFile=Buffer)
    _leave_parts_on_disk(directory)
    _put_parts_together_on_disk(directory)
    _remove_parts_that_are_given_up()
    original = S3Response.get_object

    def get_object(self: Any) -> Any:
        with _only_opened():
            return original(self)

    S3Response.get_object = get_object


def read_or_opened(body: bytes | OpenBody) -> Any:
    """Return a body: its bytes, or what reads them as they are sent if an answer is made of them."""
    if isinstance(body, bytes):
        return body
    if len(body) > LARGEST_WHOLE and getattr(_answering, "now", False):
        return body
    with body:
        return b"".join(body)


@contextmanager
def _only_opened() -> Iterator[None]:
    _answering.now = True
    try:
        yield
    finally:
        _answering.now = False


def _leave_parts_on_disk(directory: Path) -> None:
    original = FakeMultipart.set_part

    def set_part(self: Any, *positional: Any, **named: Any) -> Any:
        part = original(self, *positional, **named)
        _ = part.etag  # reckoned while the body is at hand
        buffer = part._value_buffer
        buffer.body = write_body(directory, [buffer.body])
        return part

    FakeMultipart.set_part = set_part


def _put_parts_together_on_disk(directory: Path) -> None:
    def complete(self: Any, body: Iterator[tuple[int, str]]) -> tuple[BodyFile, str, Any]:
        """Do what moto does, without having more than a part in memory."""
        algorithm = self.metadata.get("x-amz-checksum-algorithm")
        checksum = MultipartChecksumBuilder(algorithm, self.metadata.get("x-amz-checksum-type"))
        hashes = bytearray()
        chosen = [_chosen(self, number, etag) for number, etag in body]
        if not chosen:
            raise MalformedXML
        if any(part.contentsize < S3_UPLOAD_PART_MIN_SIZE for part in chosen[:-1]):
            raise EntityTooSmall

        def parts() -> Iterator[bytes]:
            for part in chosen:
                value = part.value
                if algorithm:
                    checksum.addPart(value)
                yield value

        whole = write_body(directory, parts())
        for part in chosen:
            hashes += bytes.fromhex(part.etag.strip('"'))
        etag = f"{md5_hash(bytes(hashes)).hexdigest()}-{len(chosen)}"
        return whole, etag, checksum.build() if algorithm else None

    FakeMultipart.complete = complete


def _remove_parts_that_are_given_up() -> None:
    original = S3Backend.abort_multipart_upload

    def abort_multipart_upload(self: Any, bucket_name: str, multipart_id: str) -> None:
        upload = self.get_bucket(bucket_name).multiparts.get(multipart_id)
        original(self, bucket_name, multipart_id)
        upload.dispose()

    S3Backend.abort_multipart_upload = abort_multipart_upload


def _chosen(upload: Any, number: int, etag: str) -> Any:
    part = upload.parts.get(number)
    if part is None or part.etag.strip('"') != etag.strip('"'):
        raise InvalidPart
    return part
