"""Hand out objects: where their value lies, the value itself, what is known of them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import NoContentError, NotFoundError, TooLargeError
from chalicelib.domain.json_types import Json
from chalicelib.domain.limits import QUOTED_ANSWER_BYTES
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.releases.release import release_of
from chalicelib.services.access import no_content, readable_content
from chalicelib.services.content.naming import owners_of
from chalicelib.services.content.rendering import results_place
from chalicelib.services.content.upload import uploaded
from chalicelib.services.content.wrapping import LARGEST_AT_ONCE, text_of, wrap
from chalicelib.services.deps import deps
from chalicelib.services.offload import ObjectAnswer
from chalicelib.services.results import results
from chalicelib.storage.aws.files import MissingFileError

HASH = re.compile("-?[0-9A-Za-z]{1,99}")
NOT_UPLOADED = "The object '{}' was announced, but its value was not uploaded yet. Push it once more."
LINK = "load_from:"
TOO_LARGE_TO_GET = (
    "This object is too large for a request of this kind. Pull it with a newer edsl (0.1.62 or later)."
)
NOT_CHECKED = "The value of the object '{}' is being checked. Try again in a minute."


@dataclass(frozen=True)
class Described:
    """What is known of an object, and what its owner is called."""

    content: Content
    owner: str | None
    own: bool = True
    """The caller is its owner."""


def pull_address(account: Caller, content_id: str) -> tuple[str, str]:
    """Return an object's type and a signed address of its value. Raises NotFoundError."""
    object_type, document, _ = _places(account, content_id, by_address=True)
    return object_type, deps().files.signed_get(document, seconds=deps().settings.signed_url_seconds)


def download_address(account: Caller, content_id: str) -> str:
    """Return a signed address of an object's value as a file. Raises NotFoundError."""
    object_type, document, _ = _places(account, content_id, by_address=True)
    seconds, name = deps().settings.signed_url_seconds, f"{object_type}-{content_id}.json"
    return deps().files.signed_get(document, seconds=seconds, download=name)


def small_value(account: Caller, content: Content, *, maximum_bytes: int) -> Json:
    """Return an object's value if it has no more bytes; None for any other. Raises NotFoundError."""
    document, _ = _places_of(content, account.release, by_address=True)
    try:
        if deps().files.size(document) > maximum_bytes:
            return None
        return json.loads("".join(text_of(document)))
    except MissingFileError:
        return None  # it is being deleted


def get_object(account: Caller, content_id: str) -> ObjectAnswer:
    """Return an object whole, for clients that read it inside the answer.

    A large one is written down as they read it, and the answer leads there, which every release follows.
    One that takes too long for that is linked to, where the release is known to read links.
    Raises NotFoundError, and TooLargeError if it is not.
    """
    object_type, document, envelope = _places(account, content_id, by_address=False)
    seconds = deps().settings.signed_url_seconds
    try:
        size = _size(envelope)
        if size is None:
            if deps().files.size(document) > LARGEST_AT_ONCE:
                link = _link(account, deps().files.signed_get(document, seconds=seconds))
                return ObjectAnswer(body=json.dumps({"json_string": link, "object_type": object_type}))
            size = wrap(document, envelope, object_type)
    except MissingFileError:
        raise no_content(content_id) from None  # it is being deleted
    if size <= QUOTED_ANSWER_BYTES:
        return ObjectAnswer(body=deps().files.read(envelope).decode())
    return ObjectAnswer(address=deps().files.signed_get(envelope, seconds=seconds))


def _size(file: str) -> int | None:
    try:
        return deps().files.size(file)
    except MissingFileError:
        return None


def _link(account: Caller, address: str) -> str:
    """Return what stands for an object's JSON; raises TooLargeError for whom it does not."""
    if account.release is None or not release_of(account.release).follows_links:
        raise TooLargeError(TOO_LARGE_TO_GET)
    return f"{LINK}{address}"


def value_of(content: Content, release: str | None = None) -> Iterator[str]:
    """Yield an object's value piece by piece, as JSON, for the release that asks. Raises NotFoundError."""
    return text_of(_places_of(content, release, by_address=False)[0])


def describe(account: Caller, content_id: str) -> Described:
    """Return what is known of an object that the caller may read; of its own also before it is uploaded.

    Raises NoContentError.
    """
    content = uploaded(readable_content(account, content_id))
    if not content.readable and content.account_id != account.account_id:
        raise no_content(content_id)
    return replace(described(content), own=content.account_id == account.account_id)


def described(content: Content) -> Described:
    """Return what is known of an object that was just made."""
    return Described(content, owners_of({content.account_id}).of(content.account_id))


def id_of_hash(account: Caller, object_hash: str) -> str:
    """Return the id of the caller's newest object of that hash. Raises NotFoundError."""
    known = HASH.fullmatch(object_hash)
    found = deps().content_index.with_hash(account.account_id, object_hash) if known else None
    if found is None:
        raise NotFoundError("You have no object of that hash. Push it first.")
    return found


def _places(account: Caller, content_id: str, *, by_address: bool) -> tuple[str, str, str]:
    """Return an object's type, where its value lies, and where that lies as ``GET object`` answers it."""
    try:
        content = uploaded(readable_content(account, content_id))
    except NoContentError:
        # Results without rows go by the id of their job.
        found = results.empty_of(account, content_id)
        if found is None:
            raise
        return "results", found.document, found.envelope
    if not content.readable and content.account_id != account.account_id:
        raise no_content(content_id)
    return (content.object_type, *_places_of(content, account.release, by_address=by_address))


def _places_of(content: Content, release: str | None, *, by_address: bool) -> tuple[str, str]:
    if content.job_id is not None:
        found = results_place(content, key_release=release, by_address=by_address)
        return found.document, found.envelope
    if content.document is None:
        words = NOT_UPLOADED if content.checking is None else NOT_CHECKED
        raise NotFoundError(content.refused or words.format(content.content_id))
    keys = ContentKeys.of(content)
    return keys.version(content.document), keys.envelope(content.document)
