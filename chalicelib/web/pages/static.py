"""The files that pages are made with."""

from chalice.app import Response

from chalicelib.domain.errors import NotFoundError
from chalicelib.web.http import Routes
from chalicelib.web.static_files import static_files

routes = Routes(__name__, prefix="/static")
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


@routes.get("/{name}", public=True)
def file(name: str) -> Response:
    """Give one file; browsers keep what was asked for by its digest for good."""
    found = static_files().get(name)
    if found is None:
        raise NotFoundError("There is no such file here.")
    asked = routes.raw_query().get("v")
    headers: dict[str, str | list[str]] = {
        "Content-Type": found.content_type,
        "Cache-Control": FOR_GOOD if asked == found.digest else FOR_AN_HOUR,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=found.text, headers=headers)
