"""The first page: one's jobs."""

from chalice.app import Response

from chalicelib.web.http import HOME, Routes

routes = Routes(__name__)


@routes.get("/")
def home(_: object) -> Response:
    """Lead to the account's jobs."""
    return routes.led_to(HOME)
