"""The application that Chalice runs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice

if TYPE_CHECKING:
    from chalicelib.web.http import Routes


class Perch(Chalice):
    """Chalice's application; in the api function its pages are hung when the first of them is asked for.

    A browser may wait for them once. Clients, which ask for none, need not.
    """

    pages_by_need = False

    def __call__(self, event: Any, context: Any) -> Any:  # noqa: ANN401 - Lambda's own
        """Answer a request."""
        if self.pages_by_need and event["requestContext"]["resourcePath"] not in self.routes:
            self.pages_by_need = False
            from chalicelib.web.blueprints import BLUEPRINTS  # noqa: PLC0415 - half a hundred modules

            self.hang(BLUEPRINTS)
        return super().__call__(event, context)

    def hang(self, pages: "Iterable[Routes]") -> None:
        """Hang pages at their addresses."""
        for routes in pages:
            self.register_blueprint(routes, url_prefix=routes.prefix or None)
