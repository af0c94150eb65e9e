"""Compression of what is small: zlib, with no larger a window than there is to look back at."""

import zlib

WINDOW = 4096
"""Bytes. What is no longer is compressed with a window of this size: zlib's own takes long to clear."""
_MEMORY = 5
"""zlib's measure of its own memory, which it clears as well; 8 unless it is told."""


def compressed(plain: bytes, level: int = zlib.Z_DEFAULT_COMPRESSION) -> bytes:
    """Return bytes as ``zlib.decompress`` reads them."""
    if len(plain) > WINDOW:
        return zlib.compress(plain, level)
    squeezing = zlib.compressobj(level, zlib.DEFLATED, WINDOW.bit_length() - 1, _MEMORY)
    return squeezing.compress(plain) + squeezing.flush()
