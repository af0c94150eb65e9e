"""Files that clients upload apart from the jobs and objects that have them (client contract, section 2.3).

What has such a file carries its id only. Bytes are put back where they are needed: in the calls of models. A
file is read by its owner, and by whoever may read an object of its owner's that names it.
"""

import base64
from collections.abc import Iterable
from itertools import islice
from uuid import UUID, uuid4

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.object_keys import uploaded_key, uploads_folder
from chalicelib.services.access import readable_of
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError
from chalicelib.storage.aws.tables import READ_BATCH, in_batches

LARGEST_BYTES = 50 * 1024 * 1024
"""Larger ones no provider takes in a request, and a worker holds the file while it hands it on."""
LOOKED_AT = 5000
"""Objects that name a file, all of its owner's: one of the first so many must be readable."""
LOOKED_FOR_ALONE = 20
"""Files. Of more, all that their owner has uploaded are listed, a thousand a request."""
NO_FILE = "There is no file of that id. It may not have been uploaded, or nothing that you may read has it."


def upload_address(account: Caller) -> tuple[str, str]:
    """Return a new file's id, and the signed address that its bytes are to be put to."""
    file_id = str(uuid4())
    address = deps().files.signed_put(
        uploaded_key(account.account_id, file_id), seconds=deps().settings.signed_url_seconds
    )
    return file_id, address


def download_address(account: Caller, file_id: str) -> str:
    """Return a signed address of a file's bytes; raises NotFoundError, also for somebody else's (P7)."""
    name = _readable(account, file_id)
    if name is None:
        raise NotFoundError(NO_FILE)
    return deps().files.signed_get(name, seconds=deps().settings.signed_url_seconds)


def content_of(account_id: str, file_id: str) -> str | None:
    """Return a file's content in base64; None if it is not this account's to read, not there or too large."""
    name = _readable(Caller(account_id), file_id)
    try:
        if name is None or deps().files.size(name) > LARGEST_BYTES:
            return None
        return base64.b64encode(deps().files.read(name)).decode("ascii")
    except MissingFileError:
        return None


def own_files(account_id: str, file_ids: Iterable[str]) -> set[str]:
    """Return those files that an account has uploaded itself: its objects give nobody others to read."""
    named = set(file_ids)
    if len(named) <= LOOKED_FOR_ALONE:
        return {file_id for file_id in named if _kept(account_id, file_id)}
    folder = uploads_folder(account_id)
    return named & {name.removeprefix(folder) for name in deps().files.under(folder)}


def _readable(account: Caller, file_id: str) -> str | None:
    """Return where a file lies that the account may read."""
    try:
        file_id = str(UUID(file_id))
    except ValueError:
        return None
    return _kept(account.account_id, file_id) or _shared(account, file_id)


def _shared(account: Caller, file_id: str) -> str | None:
    naming = islice(deps().content_index.naming(file_id), LOOKED_AT)
    for content_ids in in_batches(naming, READ_BATCH):
        for content in readable_of(account, deps().contents.those(content_ids).values()):
            if name := _kept(content.account_id, file_id):
                return name
    return None


def _kept(account_id: str, file_id: str) -> str | None:
    """Return where a file of an account's lies, if it was uploaded."""
    name = uploaded_key(account_id, file_id)
    return name if deps().files.has(name) else None
