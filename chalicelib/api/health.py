"""Whether everything that requests depend on answers."""

from chalice.app import Response

from chalicelib.api.http import Routes
from chalicelib.api.views.health import walls_of_functions
from chalicelib.domain.json_types import Json
from chalicelib.services.health import OK, check_parts
from chalicelib.services.walls import known_walls

routes = Routes(__name__, prefix="")


@routes.get("/health", public=True)
def health() -> Json:
    """Answer 200 when every part works, 503 with what does not otherwise; walls are told, not judged."""
    found = check_parts()
    well = all(state == OK for state in found.values())
    body = {"status": OK if well else "failing", "parts": found, "walls": walls_of_functions(known_walls())}
    return Response(body=body, status_code=200 if well else 503)
