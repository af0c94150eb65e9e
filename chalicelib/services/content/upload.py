"""Values of objects that are uploaded to a signed address: put there, taken, checked.

What lies at that address can be overwritten for as long as it lives. So nobody reads it: it is copied to a
name that only Perch writes, the copy is checked, and only then it is the object's value. Until then, and if
it is refused, the value before it is.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.check import Checked
from chalicelib.domain.content.content import Content
from chalicelib.domain.errors import (
    ConflictError,
    InvalidContentError,
    InvalidRequestError,
    PerchError,
    TooLargeError,
)
from chalicelib.domain.limits import MEBIBYTE
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.services.access import owned_content
from chalicelib.services.content.messages import send_check
from chalicelib.services.content.versions import TOO_LARGE, Version, checked, copied, drop, switch
from chalicelib.services.content.wrapping import LARGEST_AT_ONCE, wrap
from chalicelib.services.content.writing import current, or_conflict, write
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import KeptFile, MissingFileError

CHECKED_AT_ONCE = 10 * MEBIBYTE
"""Of an upload: clients wait ten seconds for the answer."""
JSON = "application/json"
NOTHING_THERE = "Nothing was uploaded to the signed address. Upload the object there, then confirm it again."
NOT_CHECKED = "Perch could not check this object, and tried several times. Upload it again."
JOBS_OWN = (
    "These are the results of a job and stay as it made them. Push what you have changed as a new object."
)
Known = dict[str, tuple[Version, Checked]]
"""What has been copied and checked of an upload, should another change of its object have come in between."""


def upload_address(account: Caller, content_id: str) -> str:
    """Return the signed address for a new value of an object. Raises NoContentError, ConflictError."""
    content = owned_content(account, content_id)
    if content.job_id is not None:
        raise ConflictError(JOBS_OWN)
    return address_for(content)


def address_for(content: Content) -> str:
    """Return the signed address to which an object's value is to be put."""
    seconds = deps().settings.signed_url_seconds
    return deps().files.signed_put(_place(content), seconds=seconds, content_type=JSON)


def confirm(account: Caller, content_id: str) -> Content:
    """Make what was uploaded an object's value, or have it checked first if it is large; return the object.

    Said twice, it is done once. Raises NoContentError, InvalidContentError, TooLargeError, and
    InvalidRequestError if nothing was uploaded.
    """
    return take(owned_content(account, content_id))


def take(content: Content) -> Content:
    """Take what was uploaded as an object's value, if that has not been done. Raises as ``confirm`` does."""
    known: Known = {}
    fresh = iter([content])
    return or_conflict(lambda: _take(next(fresh, None) or current(content), known))


def uploaded(content: Content) -> Content:
    """Return an object; if it has no value yet and its client will not tell, what was uploaded is taken."""
    if content.readable or not content.silent:
        return content
    try:
        return take(content)
    except PerchError:
        return current(content)


def settle(content_id: str, version: str) -> None:
    """Check a large upload, then have it read or refuse it; done twice, it counts once."""
    content = deps().contents.get(content_id)
    if content is None or content.checking != version:
        return
    try:
        found = checked(content, version)
    except InvalidContentError as error:
        _refuse_checked(content, version, error.detail, taken=content.taken)
        return
    keys = ContentKeys.of(content)
    size = deps().files.size(keys.version(version))
    if size > LARGEST_AT_ONCE:
        wrap(keys.version(version), keys.envelope(version), content.object_type)
    value = Version(version, size)
    _unless_overtaken(content, version, lambda one: switch(one, value, found, taken=one.taken))


def give_up(content_id: str, version: str) -> None:
    """Refuse a large upload that could not be checked."""
    content = deps().contents.get(content_id)
    if content is not None and content.checking == version:
        # The same upload is taken anew when it is confirmed once more.
        _refuse_checked(content, version, NOT_CHECKED, taken="")


def _refuse_checked(content: Content, version: str, detail: str, *, taken: str) -> None:
    _unless_overtaken(content, version, lambda one: _refuse(one, detail, checking=None, taken=taken))
    drop(content, version)


def _unless_overtaken(content: Content, version: str, change: Callable[[Content], Content]) -> None:
    """Change an object, unless a later upload is being checked by now."""

    def attempt() -> Content:
        found = current(content)
        return change(found) if found.checking == version else found

    or_conflict(attempt)


def _take(content: Content, known: Known) -> Content:
    try:
        lies = deps().files.look_at(_place(content))
    except MissingFileError:
        if content.readable or content.checking is not None:
            return content  # it was taken, and the bucket has forgotten it
        raise InvalidRequestError(NOTHING_THERE) from None
    if lies.mark == content.taken:
        if content.refused is not None and content.checking is None:
            raise InvalidContentError(content.refused)
        if content.checking is not None:
            send_check(content)  # whoever took it may have died before
        return content
    most = deps().settings.largest_content_bytes
    if lies.size > most:
        _refuse(content, TOO_LARGE.format(lies.size, most), taken=lies.mark)
        raise TooLargeError(TOO_LARGE.format(lies.size, most))
    if lies.size > CHECKED_AT_ONCE:
        return _check_later(content, lies)
    if lies.mark not in known:
        known[lies.mark] = _checked_copy(content, lies)
    version, found = known[lies.mark]
    return switch(content, version, found, taken=lies.mark)


def _checked_copy(content: Content, lies: KeptFile) -> tuple[Version, Checked]:
    version = copied(content, _place(content), size=lies.size)
    try:
        return version, checked(content, version.name)
    except InvalidContentError as error:
        _refuse(content, error.detail, taken=lies.mark)
        drop(content, version.name)
        raise


def _check_later(content: Content, lies: KeptFile) -> Content:
    version = copied(content, _place(content), size=lies.size).name
    changed = write(content, replace(content, checking=version, taken=lies.mark, refused=None))
    send_check(changed)
    return changed


def _refuse(content: Content, detail: str, **changes: object) -> Content:
    return write(content, replace(content, refused=detail, **changes))  # type: ignore[arg-type]


def _place(content: Content) -> str:
    keys = ContentKeys.of(content)
    return keys.silent_upload if content.silent else keys.upload
