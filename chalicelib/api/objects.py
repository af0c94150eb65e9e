"""Objects by id: for now the results of jobs."""

from chalice.app import Blueprint

from chalicelib.api.bodies import ObjectName
from chalicelib.api.border import answered, body, caller, query, raw_json, see_other
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.json_types import Json
from chalicelib.services.results import results

routes = Blueprint(__name__)


@routes.route("/api/v0/object/pull", methods=["POST"])
@answered
def pull() -> Json:
    """Give a signed address of an object's document (0.1.62 and later)."""
    object_type, address = results.pull_address(caller(routes), body(routes, ObjectName).object_uuid)
    return {"signed_url": address, "object_type": object_type}


@routes.route("/api/v0/object", methods=["GET"])
@answered
def get() -> Json:
    """Give an object whole; a large one lies in S3 and the answer leads there."""
    account, content_id = caller(routes), query(routes).get("uuid")
    if not content_id:
        raise InvalidRequestError("Name the object: add ?uuid=… to the address.")
    answer = results.get_object(account, content_id)
    return see_other(answer.address) if answer.address else raw_json(answer.body or "")
