"""Answer what may be larger than a function's answer: then it lies in S3, and the answer leads there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.limits import QUOTED_ANSWER_BYTES, REQUEST_SECONDS
from chalicelib.services.deps import deps


@dataclass(frozen=True)
class ObjectAnswer:
    """What ``GET object`` answers: the body itself, or where it lies when it is large."""

    body: str | None = None
    address: str | None = None


ANSWER_MILLISECONDS = (REQUEST_SECONDS - 4) * 1000
"""Until an answer has to be made."""


def inline_or_passing(pieces: Iterator[str], name: str) -> ObjectAnswer:
    """Return JSON that comes piece by piece, or where it lies if it is large: in a file of that name."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > QUOTED_ANSWER_BYTES:
            return ObjectAnswer(address=passing(chain(held, pieces), name))
    return ObjectAnswer(body="".join(held))


def passing(pieces: Iterator[str], name: str, *, download: str | None = None) -> str:
    """Write a text down for a day; return a signed address of it.

    ``download`` is what a browser is to call the file.
    """
    deps().files.write_stream(name, (piece.encode() for piece in pieces))
    seconds = deps().settings.signed_url_seconds
    return deps().files.signed_get(name, seconds=seconds, download=download)


def in_time(pieces: Iterator[str], advice: str) -> Iterator[str]:
    """Pass pieces on for as long as somebody waits for them.

    Raises TooLargeError with the advice when that is over: half an answer is never given.
    """
    until = deps().clock() + ANSWER_MILLISECONDS
    for piece in pieces:
        if deps().clock() > until:
            raise TooLargeError(advice)
        yield piece
