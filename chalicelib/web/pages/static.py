"""The files that pages are made with."""

from pathlib import Path

from chalice.app import Response

from chalicelib.domain.errors import NotFoundError
from chalicelib.web.http import Routes

routes = Routes(__name__, prefix="/static")
FOLDER = Path(__file__).parent.parent / "static"
KINDS = {".css": "text/css; charset=utf-8"}


@routes.get("/{name}", public=True)
def file(name: str) -> Response:
    """Give one file; browsers may keep it for an hour."""
    kept = {path.name: path for path in FOLDER.iterdir() if path.suffix in KINDS}
    if name not in kept:
        raise NotFoundError("There is no such file here.")
    headers: dict[str, str | list[str]] = {
        "Content-Type": KINDS[kept[name].suffix],
        "Cache-Control": "max-age=3600",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=kept[name].read_text(), headers=headers)
