"""Values of objects by signed addresses (0.1.61 and later)."""

from chalicelib.api.http import Routes
from chalicelib.api.schemas.content import ObjectName, PushedObject
from chalicelib.api.views import content as views
from chalicelib.domain.accounts import Caller
from chalicelib.domain.json_types import Json
from chalicelib.services.content import create, read, upload
from chalicelib.services.content.naming import content_id_of

routes = Routes(__name__)


def _named(account: Caller) -> str:
    return content_id_of(account, routes.body(ObjectName).object_uuid)


@routes.post("/object/push")
def push(account: Caller) -> Json:
    """Make an object and give the signed address for its value."""
    content, address = create.push(account, routes.body(PushedObject).new_content())
    return {**views.made(read.described(content)), "signed_url": address}


@routes.post("/object/upload-url")
def upload_url(account: Caller) -> Json:
    """Give the signed address for a new value of an object."""
    content_id = _named(account)
    return {"signed_url": upload.upload_address(account, content_id), "object_uuid": content_id}


@routes.post("/object/confirm-upload")
def confirm(account: Caller) -> Json:
    """Make what was uploaded an object's value; a large one is checked afterwards."""
    return views.confirmed(upload.confirm(account, _named(account)))


@routes.post("/object/check-format")
def check_format(account: Caller) -> Json:
    """Tell whether an object is uploaded to a signed address: each is."""
    return views.info(read.describe(account, _named(account)))


@routes.post("/object/pull")
def pull(account: Caller) -> Json:
    """Give a signed address of an object's value."""
    object_type, address = read.pull_address(account, _named(account))
    return {"signed_url": address, "object_type": object_type}
