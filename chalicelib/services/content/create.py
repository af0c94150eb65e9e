"""Make objects: with their value, or announced before it is uploaded."""

import uuid
from dataclasses import replace

from chalicelib.domain.accounts import Caller
from chalicelib.domain.content.alias import ALIAS_TAKEN
from chalicelib.domain.content.content import Content, NewContent
from chalicelib.domain.errors import ConflictError, PerchError
from chalicelib.domain.object_keys import ContentKeys
from chalicelib.services.accounts.releases import note_release
from chalicelib.services.content.delete import finish
from chalicelib.services.content.upload import address_for, uploaded
from chalicelib.services.content.versions import store
from chalicelib.services.content.writing import or_conflict, write
from chalicelib.services.deps import deps
from chalicelib.storage.aws.transaction import Transaction
from chalicelib.storage.content.removal import Pending


def create(account: Caller, new: NewContent, value: str) -> Content:
    """Make an object whose value came with the request; return it.

    Raises InvalidContentError, TooLargeError, and ConflictError if the alias is taken.
    """
    content = _made(account, new)
    version, found = store(content, value)
    deps().content_index.name_files(content.content_id, set(found.files))
    try:
        return _add(replace(content, document=version.name, size=version.size))
    except PerchError:
        finish(account.account_id, Pending(content.content_id, deps().clock()))
        raise


def push(account: Caller, new: NewContent, *, silent: bool = False) -> tuple[Content, str]:
    """Make an object whose value follows; return it and the signed address for that.

    ``silent``: its client will not say when it is there. Raises ConflictError if the alias is taken.
    """
    content = _add(replace(_made(account, new), silent=silent))
    return content, address_for(content)


def file_address(content: Content, content_type: str) -> str:
    """Return the signed address for the bytes of a scenario that is a file."""
    name, seconds = ContentKeys.of(content).file, deps().settings.signed_url_seconds
    return deps().files.signed_put(name, seconds=seconds, content_type=content_type)


def free_alias(content: Content) -> None:
    """Raise ConflictError if another object of the same owner's has an object's alias.

    One that was announced and never uploaded loses it. Raises LostRaceError.
    """
    alias = content.alias
    holder_id = deps().content_index.with_alias(content.account_id, alias) if alias else None
    holder = deps().contents.get(holder_id) if holder_id else None
    if holder is None or holder.content_id == content.content_id:
        return
    holder = uploaded(holder)
    if holder.readable or holder.checking is not None:
        raise ConflictError(ALIAS_TAKEN.format(alias))
    write(holder, replace(holder, alias=None))


def _made(account: Caller, new: NewContent) -> Content:
    note_release(account, new.release)
    return Content(
        content_id=str(uuid.uuid4()),
        account_id=account.account_id,
        object_type=new.object_type,
        created_at=deps().clock(),
        visibility=new.visibility,
        description=new.description,
        alias=new.alias,
        object_hash=new.object_hash,
        release=new.release,
    )


def _add(content: Content) -> Content:
    def attempt() -> Content:
        free_alias(content)
        transaction = Transaction()
        deps().contents.add(transaction, content)
        transaction.commit()
        return content

    return or_conflict(attempt)
