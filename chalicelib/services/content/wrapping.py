"""Values of objects as ``GET object`` answers them: JSON in JSON, written down beside the value."""

import codecs
from collections.abc import Iterator

from chalicelib.domain.limits import MEBIBYTE
from chalicelib.releases.render import as_object
from chalicelib.services.deps import deps

LARGEST_AT_ONCE = 256 * MEBIBYTE
"""Of a value that is wrapped while its reader waits, for 29 s (API Gateway): larger ones are when checked."""


def wrap(document: str, envelope: str, object_type: str) -> int:
    """Write a value down as ``GET object`` answers it; return how many bytes that has.

    Raises MissingFileError if the value is not there any more.
    """
    pieces = as_object(text_of(document), object_type)
    deps().files.write_stream(envelope, (piece.encode() for piece in pieces))
    return deps().files.size(envelope)


def text_of(document: str) -> Iterator[str]:
    """Yield a value piece by piece. Raises MissingFileError."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for chunk in deps().files.chunks(document):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
