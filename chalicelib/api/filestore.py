"""Files in scenarios, agents and questions, which clients upload before what has them (1.0.9)."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.filestore import FileName, FileToUpload
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services import filestore

routes = Routes(__name__)


@routes.post("/filestore/upload-url")
def upload_url(account: Caller) -> Json:
    """Give a signed address to which a file's bytes are to be put, and the file's id."""
    routes.body(FileToUpload)  # a file is what its job says of it; here it has a name and an owner
    file_id, address = filestore.upload_address(account)
    return {"file_uuid": file_id, "upload_url": address}


@routes.post("/filestore/download-url")
def download_url(account: Caller) -> Json:
    """Give a signed address of a file's bytes."""
    return {"download_url": filestore.download_address(account, routes.body(FileName).file_uuid)}
