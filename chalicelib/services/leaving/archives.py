"""Everything that an account has, as one file: asked for by its owner, made where there is time."""

from dataclasses import dataclass

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.object_keys import archive_key, archive_note_key
from chalicelib.services.content.messages import ONCE_IN, send_export
from chalicelib.services.deps import deps
from chalicelib.services.leaving.export import export
from chalicelib.services.tables.archive import zip_pieces
from chalicelib.storage.aws.files import MissingFileError

TRIES_MILLISECONDS = 2 * ONCE_IN * 1000
"""After this it has been tried more than once, and will not be there."""
NO_ARCHIVE = "There is no such file: ask for it on the page of your settings. It is kept for a day."


@dataclass(frozen=True)
class Archive:
    """A file that was asked for. Times are milliseconds since 1970."""

    asked_at: int
    size: int | None
    """Bytes; None: it is not there yet."""
    late: bool
    """It should be there by now."""


def archive_of(account: Caller) -> Archive | None:
    """Return what has become of the file that an account last asked for; None: it has not within a day."""
    try:
        asked_at = int(deps().files.read(archive_note_key(account.account_id)))
    except MissingFileError:
        return None
    try:
        size = deps().files.size(archive_key(account.account_id, asked_at))
    except MissingFileError:
        return Archive(asked_at, None, deps().clock() - asked_at > TRIES_MILLISECONDS)
    return Archive(asked_at, size, late=False)


def ask_for_archive(account: Caller) -> None:
    """Have the file made, unless that was asked for a short while ago."""
    found, now = archive_of(account), deps().clock()
    if found is None or now - found.asked_at >= ONCE_IN * 1000:
        deps().files.write(archive_note_key(account.account_id), str(now).encode())
        send_export(account.account_id, now)


def archive_address(account: Caller) -> str:
    """Return a signed address of the file. Raises NotFoundError."""
    found = archive_of(account)
    if found is None or found.size is None:
        raise NotFoundError(NO_ARCHIVE)
    name = archive_key(account.account_id, found.asked_at)
    return deps().files.signed_get(name, seconds=deps().settings.signed_url_seconds, download="perch.zip")


def make_archive(account_id: str, asked_at: int) -> None:
    """Make the file, unless that is done; of an account that goes meanwhile nothing stays."""
    account, name = deps().accounts.get(account_id), archive_key(account_id, asked_at)
    if account is None or account.disabled or deps().files.has(name):
        return
    deps().files.write_stream(name, zip_pieces(export(account)))
    if deps().accounts.get(account_id) is None:
        deps().files.delete(name)
