"""Whether everything that requests depend on answers."""

from chalice.app import Blueprint, Response

from chalicelib.api.border import answered
from chalicelib.domain.json_types import Json
from chalicelib.services.health import OK, check_parts

routes = Blueprint(__name__)


@routes.route("/health", methods=["GET"])
@answered
def health() -> Json:
    """Answer 200 when every part works, 503 with what does not otherwise."""
    found = check_parts()
    well = all(state == OK for state in found.values())
    body = {"status": OK if well else "failing", "parts": found}
    return Response(body=body, status_code=200 if well else 503)
