"""Keep what S3 holds: each request's objects are on disk before anybody can see them.

One request to S3 at a time, like DynamoDB's: what one request wrote is committed before the next one
reads. Bodies stay on disk and are read when they are asked for, so memory does not grow with them
(``buffers.py``). With ``--data`` the objects outlive the stack, but for tags, ACLs, versions and the parts
of an upload that is not complete; without it their bodies alone are on disk.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import io
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response

from infra.local.data import buffers
from infra.local.data.bodies import OpenBody
from infra.local.data.failure import fatal
from infra.local.data.history import Body, Object

_lock = threading.RLock()
# Attributes of moto's object that are kept as they are.
_FACTS = (
    "checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts", "contentsize",
    "encryption", "kms_key_id", "bucket_key_enabled", "website_redirect_location", "_storage_class",
)  # fmt: skip


class Store(Protocol):
    """Where objects are kept, or their bodies alone."""

    bodies: Path
    """The directory of their files; others in it are the store's to remove."""

    def objects(self, bucket: str, /) -> list[tuple[str, dict[str, Any], Body]]:
        """Return name, facts and the place of the body of a bucket's objects."""

    def open(self, place: Body) -> bytes | OpenBody:
        """Return the body of an object that is still kept; a large one is only opened."""

    def write(self, *, objects: Sequence[Object]) -> list[Body | None]:
        """Write down what one request changed, all or nothing; return where each object's body lies now."""


def keep(kept: Store) -> None:
    """Keep every bucket's objects in ``kept``, and fill buckets from there when they are made."""
    buffers.apply(kept.bodies)
    touched: dict[tuple[str, str], None] = {}
    _note_what_is_touched(touched)

    def served(original: Callable[..., Any]) -> Callable[..., Any]:
        def respond(self: Any, *positional: Any, **named: Any) -> Any:
            with _lock:
                touched.clear()
                try:
                    return original(self, *positional, **named)
                finally:
                    if touched:
                        with fatal():
                            _write_down(kept, self.backend, list(touched))
                    _let_go_of_body(self)

        return respond

    S3Response._key_response = served(S3Response._key_response)
    S3Response._bucket_response = served(S3Response._bucket_response)
    original_create = S3Backend.create_bucket

    def create_bucket(self: Any, bucket_name: str, *positional: Any, **named: Any) -> Any:
        with _lock:
            bucket = original_create(self, bucket_name, *positional, **named)
            with fatal():
                for name, facts, place in kept.objects(bucket_name):
                    bucket.keys.setlist(name, [_restored(kept, bucket, name, facts, place)])
            return bucket

    S3Backend.create_bucket = create_bucket


def _let_go_of_body(response: Any) -> None:
    """What moto makes of a request is in circles, and lies about until Python looks for those."""
    response.body = response.raw_body = b""
    request = response.request
    for name in ("data", "_cached_data"):
        vars(request).pop(name, None)
    read = request.environ.get("wsgi.input")
    if isinstance(read, io.BytesIO):
        read.close()


def _note_what_is_touched(touched: dict[tuple[str, str], None]) -> None:
    """All of moto's ways to make or delete an object lead through these two."""

    def noted(original: Callable[..., Any]) -> Callable[..., Any]:
        def change(self: Any, bucket_name: str, key_name: str, *positional: Any, **named: Any) -> Any:
            touched[bucket_name, key_name] = None
            return original(self, bucket_name, key_name, *positional, **named)

        return change

    S3Backend.put_object = noted(S3Backend.put_object)
    S3Backend.delete_object = noted(S3Backend.delete_object)


def _write_down(kept: Store, backend: Any, touched: list[tuple[str, str]]) -> None:
    found = [(name, _object_of(backend, *name)) for name in touched]
    changes = [
        Object(*name, _facts(key), key._value_buffer.body) if key else Object(*name, None, None)
        for name, key in found
    ]
    for (_, key), place in zip(found, kept.write(objects=changes), strict=True):
        if key is not None and place is not None:
            _leave_on_disk(kept, key, place)


def _object_of(backend: Any, bucket_name: str, name: str) -> FakeKey | None:
    bucket = backend.buckets.get(bucket_name)
    key = bucket.keys.get(name) if bucket is not None else None
    return key if isinstance(key, FakeKey) else None


def _facts(key: Any) -> dict[str, Any]:
    facts = {name: getattr(key, name) for name in _FACTS}
    if isinstance(facts["checksum_value"], bytes):
        facts["checksum_value"] = facts["checksum_value"].decode()
    modified = key.last_modified.isoformat()
    return {**facts, "etag": key.etag.strip('"'), "modified": modified, "metadata": dict(key.metadata)}


def _restored(kept: Store, bucket: Any, name: str, facts: dict[str, Any], place: Body) -> Any:
    key = FakeKey(
        name=name,
        bucket_name=bucket.name,
        value=b"",
        account_id=bucket.account_id,
        region_name=bucket.region_name,
        etag=facts["etag"],
        version_id="null",
    )
    for attribute in _FACTS:
        setattr(key, attribute, facts[attribute])
    key.last_modified = datetime.fromisoformat(facts["modified"])
    key.set_metadata(dict(facts["metadata"]))
    _leave_on_disk(kept, key, place)
    return key


def _leave_on_disk(kept: Store, key: Any, place: Body) -> None:
    """Let moto read the body from disk from now on."""
    key._value_buffer.close()
    key._value_buffer = _OnDisk(kept, place)
    if key.multipart is not None:
        key.multipart.dispose()
        key.multipart.parts.clear()


class _OnDisk:
    """As much of a file as moto wants of an object's body."""

    def __init__(self, kept: Store, place: Body) -> None:
        self._kept = kept
        self._place = place
        self._position = 0

    @property
    def body(self) -> bytes:
        """All of it, for an object that is written down again."""
        self.seek(0)
        return bytes(self.read())

    def seek(self, position: int) -> None:
        self._position = position

    def read(self, size: int = -1) -> Any:
        with fatal():
            body = self._kept.open(self._place)
        part = buffers.read_or_opened(body[self._position : None if size < 0 else self._position + size])
        self._position += len(part)
        return part

    def close(self) -> None:
        """Nothing is open."""
