"""What was done with an account's cache, newest first."""

import re

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.cache.log import page_of
from chalicelib.web.http import Routes
from chalicelib.web.pages.cache.table import HOME

routes = Routes(__name__, prefix=f"{HOME}/log")
PAGE_SIZE = 25
PLACE = re.compile(r"[0-9]{15}#[0-9a-f-]{36}")


@routes.get("")
def log(account: KeyHolder) -> Response:
    """Show a page of the log."""
    before = routes.raw_query().get("before", "")
    if before and not PLACE.fullmatch(before):
        raise InvalidRequestError("before: a place in the log was expected, as its pages' links have it.")
    found = page_of(account, page_size=PAGE_SIZE, before=before)
    return routes.page("cache/log.html", account=account, found=found, before=before)
