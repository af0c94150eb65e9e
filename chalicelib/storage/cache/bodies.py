"""Cache entries as bytes: JSON, compressed where that saves money."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass

from chalicelib.domain.cache.entry import CacheEntry
from chalicelib.storage.compression import compressed

UNIT = 1024
"""Bytes; DynamoDB writes, and is paid for, in whole ones."""
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
LEAST_REST, MOST_REST = 170, 250
"""Bytes of an item that are not its body: without and with an owner, an end, and where it came from."""


class MalformedBodyError(Exception):
    """These bytes are no entry. Never shown to a person."""


@dataclass(frozen=True)
class Body:
    """An entry as it is kept. ``size`` is the bytes of its JSON."""

    data: bytes
    size: int

    def digest(self, *parts: str) -> str:
        """Return a digest of these bytes together with some texts."""
        made = hashlib.sha256(self.data)
        for part in parts:
            made.update(f"\0{part}".encode())
        return made.hexdigest()[:32]


def pack(entry: CacheEntry) -> Body:
    """Return an entry as bytes; lone surrogates, which JSON can spell, stay what they are."""
    plain = JSON.encode(entry.fields()).encode(errors="surrogatepass")
    if _units(len(plain) + MOST_REST) > 1:
        small = compressed(plain)
        # To compress it for nothing costs little; a unit more, the price of the write.
        if _units(len(small) + LEAST_REST) < _units(len(plain) + MOST_REST):
            return Body(small, len(plain))
    return Body(plain, len(plain))


def unpack(data: bytes) -> CacheEntry:
    """Return the entry that was packed.

    Raises MalformedBodyError.
    """
    try:
        plain = data if data.startswith(b"{") else zlib.decompress(data)
        return CacheEntry(**json.loads(plain.decode(errors="surrogatepass")))
    except (zlib.error, ValueError, TypeError) as error:
        raise MalformedBodyError(str(error)) from error


def _units(length: int) -> int:
    return -(-length // UNIT)
