"""Versions of an object's value: each checked before it is read, and never changed afterwards."""

import uuid
from dataclasses import dataclass, replace
from itertools import pairwise

from chalicelib.domain.content.check import Checked, check
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import TooLargeError
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.services.content.writing import write
from chalicelib.services.deps import SECONDS_PER_DAY, deps
from chalicelib.services.filestore import own_files
from chalicelib.storage.aws.transaction import LostRaceError

TOO_LARGE = "The object has {:,} bytes; this Perch keeps {:,} at the most."
KEPT_MILLISECONDS = SECONDS_PER_DAY * 1000
"""For so long a version is kept after the next one was made: somebody may be reading it at this moment."""


@dataclass(frozen=True)
class Version:
    """A value that lies among an object's versions."""

    name: str
    size: int
    """Bytes."""


def copied(content: Content, source: str, *, size: int) -> Version:
    """Make a version of a file that others can write, which has so many bytes.

    Raises LostRaceError if it was written over meanwhile.
    """
    version = Version(_new_name(), size)
    name = ContentKeys.of(content).version(version.name)
    deps().files.copy(source, name)
    if deps().files.size(name) != size:
        deps().files.delete(name)
        raise LostRaceError(source)
    return version


def store(content: Content, value: str) -> tuple[Version, Checked]:
    """Check a value that came within a request, and make a version of it.

    Raises InvalidContentError, TooLargeError.
    """
    # A lone surrogate, which JSON can spell, is no UTF-8: the check refuses it.
    data, most = value.encode(errors="surrogatepass"), deps().settings.largest_content_bytes
    if len(data) > most:
        raise TooLargeError(TOO_LARGE.format(len(data), most))
    found = _with_own_files(content, check(iter([data]), content.object_type))
    version = Version(_new_name(), len(data))
    deps().files.write(ContentKeys.of(content).version(version.name), data)
    return version, found


def checked(content: Content, version: str) -> Checked:
    """Check a version; raises InvalidContentError with what is wrong."""
    chunks = deps().files.chunks(ContentKeys.of(content).version(version))
    return _with_own_files(content, check(chunks, content.object_type))


def _with_own_files(content: Content, found: Checked) -> Checked:
    return Checked(frozenset(own_files(content.account_id, found.files)))


def switch(
    content: Content, version: Version, found: Checked, *, taken: str, after: Content | None = None
) -> Content:
    """Have a version that was checked read from now on, instead of the one before; return the object.

    ``taken`` is which upload it was, if it was one; ``after`` has what else is to be changed of the object.
    Raises LostRaceError: then nothing has changed.
    """
    named = deps().content_index.files(content.content_id)
    deps().content_index.name_files(content.content_id, set(found.files) - named)
    changed = write(
        content,
        replace(
            after or content,
            document=version.name,
            size=version.size,
            checking=None,
            refused=None,
            taken=taken,
            silent=False,
            changed_at=deps().clock(),
            # It was counted of the value that came first.
            object_hash=None if content.document else content.object_hash,
        ),
    )
    deps().content_index.forget_files(content.content_id, named - found.files)
    _forget_old(changed)
    return changed


def drop(content: Content, version: str) -> None:
    """Keep a version no longer that was never read."""
    deps().files.delete(ContentKeys.of(content).version(version))


def _new_name() -> str:
    """Return a name that tells when the version was made."""
    return f"{deps().clock():015d}-{uuid.uuid4().hex}"


def _forget_old(content: Content) -> None:
    """Keep those versions no longer that nobody can be reading any more."""
    keys, long_ago = ContentKeys.of(content), f"{deps().clock() - KEPT_MILLISECONDS:015d}"
    files = deps().files.under(keys.versions)
    names = [file.removeprefix(keys.versions).removesuffix(".json") for file in files]
    for older, newer in pairwise(names):
        # The one before was read until a newer one was there.
        if newer < long_ago and older not in (content.document, content.checking):
            deps().files.delete(keys.version(older))
            deps().files.delete(keys.envelope(older))
