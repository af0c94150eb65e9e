"""Light or dark: kept in the browser, by a form that needs no script."""

from chalice.app import Response

from chalicelib.web.http import Routes, own_page

routes = Routes(__name__, prefix="/theme")


@routes.post("", public=True)
def choose() -> Response:
    """Keep what was chosen, and lead back."""
    said = routes.form()
    return routes.led_to(own_page(said.get("back", "")) or "/", theme=said.get("theme", ""))
