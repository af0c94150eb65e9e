"""Objects by id: for now the results of jobs."""

from chalicelib.api.http import Routes, raw_json
from chalicelib.api.schemas.content import ObjectName
from chalicelib.domain.accounts import Caller
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json
from chalicelib.services.results import results

routes = Routes(__name__)


@routes.post("/object/pull")
def pull(account: Caller) -> Json:
    """Give a signed address of an object's document (0.1.62 and later)."""
    object_type, address = results.pull_address(account, routes.body(ObjectName).object_uuid)
    return {"signed_url": address, "object_type": object_type}


@routes.get("/object")
def get(account: Caller) -> Json:
    """Give an object whole; a large one lies in S3 and the answer leads there."""
    content_id = routes.raw_query().get("uuid")
    if not content_id:
        raise InvalidRequestError("Name the object: add ?uuid=… to the address.")
    return raw_json(results.get_object(account, content_id))
