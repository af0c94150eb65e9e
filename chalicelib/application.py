"""The application that Chalice runs."""

from typing import Any

from chalice.app import Chalice


class Perch(Chalice):
    """Chalice's application; in the api function its pages are hung when the first of them is asked for.

    A browser may wait for them once. Clients, which ask for none, need not.
    """

    pages_by_need = False

    def __call__(self, event: Any, context: Any) -> Any:  # noqa: ANN401 - Lambda's own
        """Answer a request."""
        if self.pages_by_need and event["requestContext"]["resourcePath"] not in self.routes:
            self.pages_by_need = False
            self.hang_pages()
        return super().__call__(event, context)

    def hang_pages(self) -> None:
        """Import all pages there are."""
        from chalicelib.web.blueprints import BLUEPRINTS  # noqa: PLC0415 - half a hundred modules

        for pages in BLUEPRINTS:
            self.register_blueprint(pages, url_prefix=pages.prefix or None)
