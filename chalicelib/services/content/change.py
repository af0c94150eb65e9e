"""Change what is said of an object, or its value; only its owner does."""

from dataclasses import replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.check import Checked
from chalicelib.domain.content.content import Content, ContentChanges
from chalicelib.domain.errors import ConflictError, PerchError
from chalicelib.services.access import owned_content
from chalicelib.services.content.create import free_alias
from chalicelib.services.content.upload import JOBS_OWN
from chalicelib.services.content.versions import Version, drop, store, switch
from chalicelib.services.content.writing import or_conflict, write
from chalicelib.services.deps import deps

NO_UPLOAD = ""
"""Whatever was uploaded before, the value came otherwise now."""


def patch(account: Caller, content_id: str, changes: ContentChanges) -> Content:
    """Change an object of the account's; return it as it is then.

    Raises NoContentError, InvalidContentError, TooLargeError, and ConflictError if the alias is taken.
    """
    content = owned_content(account, content_id)
    if changes.value is None:
        return or_conflict(lambda: _change(account, content_id, changes))
    if content.job_id is not None:
        raise ConflictError(JOBS_OWN)
    value = store(content, changes.value)
    try:
        return or_conflict(lambda: _change(account, content_id, changes, value))
    except PerchError:
        drop(content, value[0].name)
        raise


def _change(
    account: Caller, content_id: str, changes: ContentChanges, value: tuple[Version, Checked] | None = None
) -> Content:
    before = owned_content(account, content_id)
    said = {
        "description": changes.description,
        "alias": changes.alias,
        "visibility": changes.visibility,
    }
    told = {name: given for name, given in said.items() if given is not None}
    after = replace(before, **told, changed_at=deps().clock())  # type: ignore[arg-type]
    free_alias(after)
    if value is None:
        return write(before, after)
    return switch(before, *value, taken=NO_UPLOAD, after=after)
