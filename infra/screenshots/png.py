"""Make pictures of pages small: few colours, one byte a pixel, nothing else in the file.

Chromium writes 8-bit RGB or RGBA that is not interlaced; nothing else is read.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
CHANNELS = {2: 3, 6: 4}
"""By the file's own number for RGB and RGBA."""


class PictureError(Exception):
    """This is no picture as Chromium writes them."""


def smaller(data: bytes) -> bytes:
    """Return a picture with at most 256 colours: the most frequent, of the others each the nearest."""
    width, height, rows = rows_of(data)
    pixels = [row[at : at + 3] for row in rows for at in range(0, len(row), 3)]
    palette, places = _palette(Counter(pixels))
    indices = bytes(places[pixel] for pixel in pixels)
    lines = b"".join(b"\0" + indices[at : at + width] for at in range(0, width * height, width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(lines, 9)
    chunks = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", body), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, said) for name, said in chunks)


def _palette(counts: Counter[bytes]) -> tuple[list[bytes], dict[bytes, int]]:
    kept = [colour for colour, _ in counts.most_common(MOST_COLOURS)]
    places = {colour: place for place, colour in enumerate(kept)}
    for colour in counts:
        if colour not in places:
            places[colour] = min(range(len(kept)), key=lambda place: _distance(kept[place], colour))
    return kept, places


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def rows_of(data: bytes) -> tuple[int, int, list[bytes]]:
    """Return width, height and the rows of RGB."""
    if not data.startswith(SIGNATURE):
        raise PictureError("It does not begin as a PNG.")
    found: dict[bytes, bytes] = {}
    for name, said in _chunks(data):
        found[name] = found.get(name, b"") + said
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", found[b"IHDR"])
    if depth != 8 or kind not in CHANNELS or interlaced:  # noqa: PLR2004 - bits a channel
        raise PictureError("It is no 8-bit RGB that is not interlaced.")
    channels = CHANNELS[kind]
    raw, step = zlib.decompress(found[b"IDAT"]), width * channels
    rows: list[bytes] = []
    before = bytearray(step)
    for at in range(0, height * (step + 1), step + 1):
        before = _unfiltered(raw[at], bytearray(raw[at + 1 : at + 1 + step]), before, channels)
        rows.append(_without_alpha(before) if channels == CHANNELS[6] else bytes(before))
    return width, height, rows


def _without_alpha(row: bytearray) -> bytes:
    made = bytearray(len(row) // 4 * 3)
    for channel in range(3):
        made[channel::3] = row[channel::4]
    return bytes(made)


def _unfiltered(kind: int, row: bytearray, above: bytearray, channels: int) -> bytearray:
    """Undo what a row was filtered by: nothing, left, above, their mean, or Paeth's choice."""
    for at in range(len(row)) if kind else ():
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind]
        row[at] = (row[at] + guess) & 0xFF
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, said: bytes) -> bytes:
    return struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))
