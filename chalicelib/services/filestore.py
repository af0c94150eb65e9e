"""Files that clients upload apart from the jobs and objects that have them (client contract, section 2.3).

What has such a file carries its id only. Bytes are put back where they are needed: in the calls of models.
"""

import base64
from uuid import UUID, uuid4

from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.object_keys import uploaded_key
from chalicelib.services.deps import deps
from chalicelib.storage.aws.files import MissingFileError

LARGEST_BYTES = 50 * 1024 * 1024
"""Larger ones no provider takes in a request, and a worker holds the file while it hands it on."""
NO_FILE = "There is no file of that id. It may not have been uploaded, or not by this account."


def upload_address(account: Caller) -> tuple[str, str]:
    """Return a new file's id, and the signed address that its bytes are to be put to."""
    file_id = str(uuid4())
    address = deps().files.signed_put(
        uploaded_key(account.account_id, file_id), seconds=deps().settings.signed_url_seconds
    )
    return file_id, address


def download_address(account: Caller, file_id: str) -> str:
    """Return a signed address of a file's bytes; raises NotFoundError, also for somebody else's (P7)."""
    try:
        name = uploaded_key(account.account_id, str(UUID(file_id)))
        deps().files.size(name)
    except (ValueError, MissingFileError):
        raise NotFoundError(NO_FILE) from None
    return deps().files.signed_get(name, seconds=deps().settings.signed_url_seconds)


def content_of(account_id: str, file_id: str) -> str | None:
    """Return a file's content in base64; None if it is not this account's, is not there or is too large."""
    try:
        name = uploaded_key(account_id, str(UUID(file_id)))
        if deps().files.size(name) > LARGEST_BYTES:
            return None
        return base64.b64encode(deps().files.read(name)).decode("ascii")
    except (ValueError, MissingFileError):
        return None
