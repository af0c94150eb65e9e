"""What S3 holds: buckets of objects, and multipart uploads that are not complete."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import MISSING, refusal

PART_BYTES = 5 * 1024 * 1024
"""Every part of a multipart upload but its last has at least so many."""


@dataclass(frozen=True)
class Object:
    """The bytes kept under one key. ``at`` is milliseconds since 1970."""

    data: bytes
    at: int
    etag: str


@dataclass
class Upload:
    """A multipart upload under way."""

    key: str
    parts: dict[int, Object] = field(default_factory=dict)


@dataclass
class Bucket:
    """One bucket."""

    objects: dict[str, Object] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def find(self, request: Request, key: str) -> Object:
        """Return an object or raise what boto3 raises."""
        if key not in self.objects:
            if request.operation == "head_object":
                raise refusal(request, "404", "Not Found", MISSING)
            raise refusal(request, "NoSuchKey", "The specified key does not exist.", MISSING)
        return self.objects[key]

    def put(self, key: str, data: bytes, at: int) -> Object:
        """Keep an object."""
        self.objects[key] = made_object(data, at)
        return self.objects[key]

    def upload(self, request: Request, upload_id: str) -> Upload:
        """Return an upload under way or raise what boto3 raises."""
        if upload_id not in self.uploads:
            raise refusal(request, "NoSuchUpload", "The specified upload does not exist.", MISSING)
        return self.uploads[upload_id]

    def complete(self, request: Request, upload_id: str, named: list[tuple[int, str]], at: int) -> Object:
        """Make one object of an upload's parts."""
        upload = self.upload(request, upload_id)
        parts = []
        for number, etag in named:
            part = upload.parts.get(number)
            if part is None or part.etag.strip('"') != etag.strip('"'):
                raise refusal(request, "InvalidPart", "One or more of the specified parts is missing")
            parts.append(part)
        if [number for number, _ in named] != sorted({number for number, _ in named}):
            raise refusal(request, "InvalidPartOrder", "The list of parts was not in ascending order.")
        if any(len(part.data) < PART_BYTES for part in parts[:-1]):
            raise refusal(request, "EntityTooSmall", "Your proposed upload is smaller than allowed")
        del self.uploads[upload_id]
        return self.put(upload.key, b"".join(part.data for part in parts), at)


def made_object(data: bytes, at: int) -> Object:
    """Return an object of some bytes."""
    return Object(data, at, f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"')


def ranged(request: Request, data: bytes, wanted: str) -> tuple[bytes, str]:
    """Return the bytes of a range (``bytes=FIRST-LAST``, either may be left out) and Content-Range."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)
    if found is None:
        raise refusal(request, "InvalidArgument", f"Range is not understood: {wanted}")
    first, last = found.groups()
    if first:
        start, stop = int(first), min(int(last) + 1, len(data)) if last else len(data)
    else:
        start, stop = max(len(data) - int(last), 0), len(data)
    if start >= len(data):
        raise refusal(request, "InvalidRange", "The requested range is not satisfiable", 416)
    return data[start:stop], f"bytes {start}-{stop - 1}/{len(data)}"
