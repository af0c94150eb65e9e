"""Pictures made smaller are the same pictures, as far as 256 colours go."""

import struct
import zlib

import pytest

from infra.screenshots.png import PictureError, rows_of, smaller


def picture(rows: list[list[tuple[int, int, int]]], filters: list[int], *, alpha: bool = False) -> bytes:
    """Write a picture as Chromium might, each row filtered as told."""
    channels = 4 if alpha else 3
    flat = [[value for pixel in row for value in (*pixel, *([255] if alpha else []))] for row in rows]
    lines, above = b"", [0] * (len(rows[0]) * channels)
    for kind, row in zip(filters, flat, strict=True):
        lines += bytes([kind]) + bytes(
            (value - guess(kind, row, above, at, channels)) % 256 for at, value in enumerate(row)
        )
        above = row
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 6 if alpha else 2, 0, 0, 0)
    body = [(b"IHDR", header), (b"tEXt", b"left out"), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))
        for name, said in body
    )


def guess(kind: int, row: list[int], above: list[int], at: int, channels: int) -> int:
    left = row[at - channels] if at >= channels else 0
    corner = above[at - channels] if at >= channels else 0
    nearest = min((left, above[at], corner), key=lambda each: abs(left + above[at] - corner - each))
    return (0, left, above[at], (left + above[at]) // 2, nearest)[kind]


FIVE = [[(column * 40, row * 50, (column * row) % 256) for column in range(6)] for row in range(5)]


@pytest.mark.parametrize("alpha", [False, True])
def test_few_colours_stay_as_they_are_however_rows_are_filtered(alpha: bool) -> None:
    width, height, rows = rows_of(picture(FIVE, [0, 1, 2, 3, 4], alpha=alpha))
    assert (width, height) == (6, 5)
    assert [list(row) for row in rows] == [[value for pixel in row for value in pixel] for row in FIVE]
    made = smaller(picture(FIVE, [4, 3, 2, 1, 0], alpha=alpha))
    assert made == smaller(picture(FIVE, [0] * 5))
    palette = made.partition(b"PLTE")[2]
    indices = zlib.decompress(made.partition(b"IDAT")[2])
    seen = [tuple(palette[3 * place : 3 * place + 3]) for place in indices[1:7]]
    assert seen == FIVE[0]


def test_of_many_colours_the_most_frequent_stay_and_others_become_the_nearest() -> None:
    greys = [[(value, value, value)] * 3 for value in range(255)]
    rows = [
        *greys,
        [(7, 7, 7), (8, 8, 8), (9, 9, 9)],
        [(0, 255, 0)] * 3,
        [(250, 1, 1), (251, 0, 0), (1, 1, 2)],
    ]
    made = smaller(picture(rows, [0] * len(rows)))
    palette = made.partition(b"PLTE")[2]
    indices = zlib.decompress(made.partition(b"IDAT")[2])
    last = [tuple(palette[3 * place : 3 * place + 3]) for place in indices[-3:]]
    assert last[2] == (1, 1, 1)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", picture(FIVE, [0] * 5).replace(b"\x08\x02", b"\x10\x02", 1)]
)
def test_what_chromium_does_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        smaller(data)
