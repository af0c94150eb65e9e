"""One object, at the addresses that clients print: by its id, or by its owner and alias."""

from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.content.content import Visibility
from chalicelib.domain.content.types import OBJECT_TYPES
from chalicelib.services.access import no_content
from chalicelib.services.content.naming import by_alias, is_id
from chalicelib.services.content.read import describe, download_address
from chalicelib.services.reports.objects.cache import PAGE_SIZE, Sought
from chalicelib.services.reports.objects.page import object_of
from chalicelib.web.asked import page_number, searched_words
from chalicelib.web.http import Routes
from chalicelib.web.pages.content import table

ABOUT = "about"
"""With this in the query, results of a job lead to what is said of them, and not to their table."""
routes = Routes(__name__, prefix="/content")
value_routes = Routes(__name__, prefix=table.HOME)


@routes.get("/{owner}")
def by_id(account: KeyHolder, owner: str) -> Response:
    """Show an object by its id: API Gateway wants one name for what stands here."""
    if not is_id(owner):
        raise no_content(owner)
    return _shown(account, owner)


@routes.get("/{owner}/{alias}")
def by_its_alias(account: KeyHolder, owner: str, alias: str) -> Response:
    """Show the object that somebody calls so."""
    return by_alias(owner, alias, lambda content_id: _shown(account, content_id))


@value_routes.get("/{content_uuid}/value")
def value(account: KeyHolder, content_uuid: str) -> Response:
    """Lead to an object's value as a file."""
    return value_routes.led_to_file(download_address(account, content_uuid))


def _shown(account: KeyHolder, content_id: str) -> Response:
    described = describe(account, content_id)
    if described.content.job_id is not None:
        view = "?view=share" if ABOUT in routes.raw_query() else ""
        return routes.led_to(f"{table.HOME}/{described.content.content_id}/results{view}")
    sought = Sought(searched_words(routes), page_number(routes))
    found = object_of(account, described, sought)
    return routes.page(
        "content/one.html",
        account=account,
        found=found,
        sought=sought,
        page_size=PAGE_SIZE,
        query=urlencode({"q": sought.words}) if sought.words else "",
        content=found.content,
        called=OBJECT_TYPES[found.content.object_type].called,
        visibilities=list(Visibility),
        mark=routes.mark(),
        address=routes.address,
    )
